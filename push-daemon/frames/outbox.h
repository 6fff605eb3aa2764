/* outbox.h - frames for one client alone that wait for its socket: first frame, 503, group list. */
#ifndef PUSH_FRAMES_OUTBOX_H
#define PUSH_FRAMES_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/str.h"

/* Whole frames that several clients may share; counted references. */
struct blob {
    unsigned references;
    size_t length;
    char bytes[];
};

/* One text frame with that payload; the caller holds one reference. */
struct blob *blob_text_frame(struct str payload);
struct blob *blob_close_frame(int code); /* likewise */
struct blob *blob_ref(struct blob *b);
void blob_unref(struct blob *b); /* NULL is fine */

enum {
    OUTBOX_MAX_FRAMES = 1024
};

/* Owned by one session. Empty ones take no memory of their own. */
struct outbox {
    struct outbox_item *head;
    unsigned count;
};

void outbox_clear(struct outbox *o);

/* Takes a reference of its own. False: it is full, and the client is to be closed. */
bool outbox_push(struct outbox *o, struct blob *b);

/* The frame to send next; empty if there is none. outbox_sent(): it was sent. Frames are sent
 * whole, as the WebSocket library may send a pong between any two writes. */
struct str outbox_next(const struct outbox *o);
void outbox_sent(struct outbox *o);

static inline bool
outbox_is_empty(const struct outbox *o)
{
    return o->head == NULL;
}

#endif
