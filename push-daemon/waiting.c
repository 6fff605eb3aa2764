/* waiting.c - the commands whose replies are to come, in the order that they come in. */
#include "push-daemon/waiting.h"

#include <stdlib.h>

#include "lib/redis/argv.h"
#include "lib/mem.h"

struct argv *
waiting_script(const struct argv *argv)
{
    struct argv *script = mem_alloc(sizeof(*script));

    argv_init(script);
    argv_add_words(script, argv, 0);
    return script;
}

void
waiting_push(struct waiting_queue *q, struct waiting w)
{
    if (q->count == q->room) {
        size_t room = q->room > 0 ? 2 * q->room : 64;
        struct waiting *grown = mem_alloc(room * sizeof(*grown));

        for (size_t i = 0; i < q->count; i++) {
            grown[i] = q->ring[(q->first + i) % q->room];
        }
        free(q->ring);
        q->ring = grown;
        q->room = room;
        q->first = 0;
    }
    q->ring[(q->first + q->count++) % q->room] = w;
}

struct waiting
waiting_pop(struct waiting_queue *q)
{
    struct waiting w = q->ring[q->first];

    q->first = (q->first + 1) % q->room;
    q->count--;
    return w;
}

const struct waiting *
waiting_first(const struct waiting_queue *q)
{
    return q->count > 0 ? &q->ring[q->first] : NULL;
}

void
waiting_fini(struct waiting *w)
{
    if (w->script != NULL) {
        argv_fini(w->script);
        free(w->script);
        w->script = NULL;
    }
}

void
waiting_queue_fini(struct waiting_queue *q)
{
    while (q->count > 0) {
        struct waiting w = waiting_pop(q);

        waiting_fini(&w);
    }
    free(q->ring);
    *q = (struct waiting_queue){0};
}

void
waiting_lose_all(struct waiting_queue *q)
{
    for (size_t n = q->count; n > 0; n--) { /* not those who ask anew because of it */
        struct waiting w = waiting_pop(q);

        waiting_fini(&w);
        if (w.fn != NULL) {
            w.fn(w.arg, NULL);
        }
    }
}
