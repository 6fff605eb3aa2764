/* append_queue.h - FIFO of the messages whose outcome is not known yet; its memory is bounded. */
#ifndef PUSH_APPEND_APPEND_QUEUE_H
#define PUSH_APPEND_APPEND_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "push-daemon/append/append_message.h"

struct appender;

/* A message on its way to Redis. The queue makes it; append.c keeps the fields of its state. */
struct append_entry {
    struct append_entry *prev, *next;
    struct appender *owner;
    append_fn *fn;
    void *arg;
    int64_t deadline_ms; /* of clock_ms() */
    size_t size;
    struct append_message message; /* its strings stand in bytes */

    bool stored;     /* it has an id, and is stored, but its ts is not known yet */
    bool kept;       /* the master that we have has said so */
    bool sent;       /* and not known to be refused */
    int64_t sent_us; /* when, on clock_us() */
    bool again;      /* it was refused by time once, before its time was over */
    int64_t seq;     /* in the epoch, if sent */
    int64_t ts;      /* stored with it; 0: not known to be stored */
    char bytes[];
};

/* All zero but max_bytes: empty. */
struct append_queue {
    struct append_entry *head; /* the oldest */
    size_t count;
    size_t bytes; /* of all entries */
    size_t max_bytes;
};

/* Adds a copy of the message, not sent, as the newest. NULL: there is no room for it. */
struct append_entry *append_queue_add(struct append_queue *q, const struct append_message *m);

/* Takes the entry out and frees it; its sender is not told. */
void append_queue_drop(struct append_queue *q, struct append_entry *e);

/* The same, and its sender is told: all of the outcome; or the result, and its ts if that is
 * known. */
void append_queue_tell(struct append_queue *q, struct append_entry *e,
                       const struct append_outcome *outcome);
void append_queue_resolve(struct append_queue *q, struct append_entry *e,
                          enum append_result result);

/* The oldest ones are resolved as stored, as far as their ts are known. */
void append_queue_resolve_stored(struct append_queue *q);

/* There is another master: none of them is known to be kept. */
void append_queue_doubt(struct append_queue *q);

/* Drops all entries. */
void append_queue_clear(struct append_queue *q);

#endif
