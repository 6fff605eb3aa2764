/* waiting.h - the commands whose replies are to come, in the order that they come in. */
#ifndef PUSH_WAITING_H
#define PUSH_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct argv;
struct reply;

typedef void reply_fn(void *arg, const struct reply *reply);

struct waiting {
    reply_fn *fn; /* may be NULL */
    void *arg;
    struct argv *script; /* owned: to be sent again on NOSCRIPT; or NULL */
    int64_t sent_ms;
};

/* A ring that grows. All zero: empty. */
struct waiting_queue {
    struct waiting *ring;
    size_t room;
    size_t first;
    size_t count;
};

/* A copy, for the field above. */
struct argv *waiting_script(const struct argv *argv);

/* Takes over w.script. */
void waiting_push(struct waiting_queue *q, struct waiting w);
struct waiting waiting_pop(struct waiting_queue *q);                /* must not be empty */
const struct waiting *waiting_first(const struct waiting_queue *q); /* NULL if empty */

/* Frees the script that a popped one owns. */
void waiting_fini(struct waiting *w);
void waiting_queue_fini(struct waiting_queue *q);

/* The connection is gone: all that wait now are told that there is no reply. */
void waiting_lose_all(struct waiting_queue *q);

#endif
