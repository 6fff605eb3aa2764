/* outbox.h - frames for one client alone that wait for its socket: first frame, 503, group list. */
#ifndef PUSH_FRAMES_OUTBOX_H
#define PUSH_FRAMES_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/frames/blob.h"

enum {
    OUTBOX_MAX_FRAMES = 1024,
    OUTBOX_MAX_BYTES = 4 << 20, /* that wait behind the first frame, which may have any size */
    OUTBOX_PIECE_BYTES = 65536  /* the most of one write */
};

/* Owned by one session. Empty ones take no memory of their own. Each frame in it is a reference to
 * a blob that clients share, and how far it was sent. */
struct outbox {
    struct outbox_item *head;
    uint64_t bytes : 48; /* of all frames, less what was sent */
    uint64_t count : 16;
};

void outbox_clear(struct outbox *o);

/* Takes a reference of its own. False: it is full, and the client is to be closed. */
bool outbox_push(struct outbox *o, struct blob *b);

/* The piece to send next: the first frame, or 64 KiB of it; empty if there is none. */
struct str outbox_next(const struct outbox *o);
void outbox_sent(struct outbox *o, size_t bytes); /* of outbox_next(), from its begin on */

/* Does it take several pieces to send the first frame? Nothing may come between them, so the
 * connection must have no pong to send (session.h). */
bool outbox_is_large(const struct outbox *o);

/* Was the first frame sent in part? */
bool outbox_is_inside(const struct outbox *o);

static inline bool
outbox_is_empty(const struct outbox *o)
{
    return o->head == NULL;
}

#endif
