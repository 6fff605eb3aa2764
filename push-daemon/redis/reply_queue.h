/* reply_queue.h - FIFO of commands awaiting a reply. */
#ifndef PUSH_REDIS_REPLY_QUEUE_H
#define PUSH_REDIS_REPLY_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct argv;
struct reply;

typedef void reply_fn(void *arg, const struct reply *reply);

struct pending_reply {
    reply_fn *fn; /* may be NULL */
    void *arg;
    struct argv *script; /* owned: to be sent again on NOSCRIPT; or NULL */
    int64_t sent_ms;
};

/* A ring that grows. All zero: empty. */
struct reply_queue {
    struct pending_reply *ring;
    size_t room;
    size_t first;
    size_t count;
};

/* Copies a command for pending_reply.script. */
struct argv *reply_queue_copy_script(const struct argv *argv);

/* Takes over p.script. */
void reply_queue_push(struct reply_queue *q, struct pending_reply p);
struct pending_reply reply_queue_pop(struct reply_queue *q);                /* must not be empty */
const struct pending_reply *reply_queue_first(const struct reply_queue *q); /* NULL if empty */

/* Frees the script that a popped entry owns. */
void pending_reply_fini(struct pending_reply *p);
void reply_queue_fini(struct reply_queue *q);

/* The connection is gone: reports a lost reply (NULL) to all that wait now. */
void reply_queue_lose_all(struct reply_queue *q);

#endif
