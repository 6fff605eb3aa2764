/* pending.h - connections whose handshake is not finished: how many there may be.
 *
 * They cost a descriptor and memory, and nobody has been asked yet whether they may come in. So
 * they are counted from accept() on, in all and per address. If there are too many, the oldest one
 * is cut off: an honest client sends its request at once. */
#ifndef PUSH_NET_PENDING_H
#define PUSH_NET_PENDING_H

#include <stdbool.h>

struct env;
struct pending;    /* all of them */
struct pending_fd; /* one of them */

enum {
    PENDING_MS = 5000, /* longest time for a handshake */
    PENDING_MAX = 1024,
    PENDING_MAX_OF_ADDRESS = 256 /* not of a trusted proxy: its clients are many */
};

struct pending *pending_create(const struct env *env);
void pending_destroy(struct pending *p); /* all must have been removed; NULL is fine */

/* A connection was accepted. If that is one too many, another one is shut down. */
struct pending_fd *pending_add(struct pending *p, int fd);

/* It was refused, and waits until the client hangs up: if it is cut now, that is no loss. */
void pending_note_refused(struct pending_fd *one);

/* Its handshake is finished, or it is gone. */
void pending_remove(struct pending *p, struct pending_fd *one); /* NULL is fine */

/* Shuts down those that have taken too long. */
void pending_every_second(struct pending *p);

/* Shuts down the oldest one. False: there is none. */
bool pending_cut_oldest(struct pending *p);

#endif
