/* reply_queue.c - FIFO of commands awaiting a reply. */
#include "push-daemon/redis/reply_queue.h"

#include <stdlib.h>

#include "lib/redis/argv.h"
#include "lib/mem.h"

struct argv *
reply_queue_copy_script(const struct argv *argv)
{
    struct argv *script = mem_alloc(sizeof(*script));

    argv_init(script);
    argv_add_words(script, argv, 0);
    return script;
}

void
reply_queue_push(struct reply_queue *q, struct pending_reply p)
{
    if (q->count == q->room) {
        size_t room = q->room > 0 ? 2 * q->room : 64;
        struct pending_reply *grown = mem_alloc(room * sizeof(*grown));

        for (size_t i = 0; i < q->count; i++) {
            grown[i] = q->ring[(q->first + i) % q->room];
        }
        free(q->ring);
        q->ring = grown;
        q->room = room;
        q->first = 0;
    }
    q->ring[(q->first + q->count++) % q->room] = p;
}

struct pending_reply
reply_queue_pop(struct reply_queue *q)
{
    struct pending_reply p = q->ring[q->first];

    q->first = (q->first + 1) % q->room;
    q->count--;
    return p;
}

const struct pending_reply *
reply_queue_first(const struct reply_queue *q)
{
    return q->count > 0 ? &q->ring[q->first] : NULL;
}

void
pending_reply_fini(struct pending_reply *p)
{
    if (p->script != NULL) {
        argv_fini(p->script);
        free(p->script);
        p->script = NULL;
    }
}

void
reply_queue_fini(struct reply_queue *q)
{
    while (q->count > 0) {
        struct pending_reply p = reply_queue_pop(q);

        pending_reply_fini(&p);
    }
    free(q->ring);
    *q = (struct reply_queue){0};
}

void
reply_queue_lose_all(struct reply_queue *q)
{
    for (size_t n = q->count; n > 0; n--) { /* not the commands that fn sends because of it */
        struct pending_reply p = reply_queue_pop(q);

        pending_reply_fini(&p);
        if (p.fn != NULL) {
            p.fn(p.arg, NULL);
        }
    }
}
