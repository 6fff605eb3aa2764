/* dialog.h - what all clients of fastim.v2 say alike: who they are, and whether somebody is
 * there. */
#ifndef PUSH_V2_DIALOG_H
#define PUSH_V2_DIALOG_H

#include <stdbool.h>

#include "lib/config/config.h"
#include "lib/str.h"

struct auth;
struct client_frame;
struct env;
struct identity;
struct session;
struct sessions;

/* What it works with; all of it is the caller's. */
struct dialog {
    const struct env *env;
    struct sessions *sessions;
    struct auth *auth;
    struct identity *identity;
};

/* The most bytes of a text: a message may be escaped. */
size_t dialog_max_bytes(const struct config *config);

/* The client has come: Redis is asked whether it may enter. If its path has no token and one is
 * needed, its first frame has to bring one. on_admitted: as in auth.h. */
void dialog_enter(struct dialog *d, struct session *s, void (*on_admitted)(struct session *s));

/* A text came. True: it is a frame without a mistake, which the caller handles, and which goes to
 * client_frame_fini(). False: it was answered. */
bool dialog_take(struct dialog *d, struct session *s, struct str text,
                 void (*on_admitted)(struct session *s), struct client_frame *f);

#endif
