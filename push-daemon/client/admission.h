/* admission.h - may a visitor come in: by its page's origin, by how many are here, by how fast they come.
 *
 * Counts are those of this daemon (of one worker, where there are several). */
#ifndef PUSH_CLIENT_ADMISSION_H
#define PUSH_CLIENT_ADMISSION_H

#include <stddef.h>

#include "lib/config/config.h"

struct admission;
struct loop;
struct metrics;
struct ws_request;

/* What a connection takes up of the limits; handed back when it is gone. */
struct ticket {
    struct quota *user;    /* NULL: not counted */
    struct quota *address; /* likewise */
};

/* most: connections, whatever else. */
struct admission *admission_create(struct loop *loop, const struct config *config, size_t most,
                                   struct metrics *metrics);
void admission_destroy(struct admission *admission); /* NULL is fine */

/* Nobody comes in any more. */
void admission_close(struct admission *admission);

/* 0: it may; else the HTTP status that refuses it: 403, 429, 503. Counts as an attempt of its address. */
int admission_check(struct admission *admission, const struct ws_request *v);

/* It came in, and it went. */
struct ticket admission_enter(struct admission *admission, const struct ws_request *v);
void admission_leave(struct admission *admission, const struct ticket *ticket);

#endif
