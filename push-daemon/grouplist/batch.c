/* batch.c - groups that are asked for together. */
#include "push-daemon/grouplist/batch.h"

#include <string.h>

#include "lib/config/config.h"
#include "lib/mem.h"
#include "lib/redis/resp.h"
#include "push-daemon/nodes/nodes.h"

static void
batch_give_up(const struct batch_question *q)
{
    for (size_t i = q->first; i < q->first + q->count; i++) {
        q->batch->groups[i] = NULL;
    }
}

/* Only groups that have no answer are left. */
static void
batch_tidy(struct batch *b)
{
    size_t left = 0;

    for (size_t i = 0; i < b->count; i++) {
        if (b->groups[i] != NULL) {
            b->groups[left++] = b->groups[i];
        }
    }
    b->count = left;
}

static void
batch_on_reply(void *arg, const struct reply *reply)
{
    const struct batch_question *q = arg;
    struct batch *b = q->batch;

    if (!b->kind->take(b->ctx, q, reply)) {
        b->ok = b->is_apart;
        batch_give_up(q);
    }
    if (--b->unanswered == 0) {
        batch_tidy(b);
        b->kind->on_end(b->ctx, b, b->ok);
    }
}

static bool
batch_send(struct batch *b, struct nodes *nodes, const struct argv *argv, size_t first,
           size_t count)
{
    struct batch_question *q = &b->questions[first];

    *q = (struct batch_question){b, first, count};
    b->kind->make(b->ctx, q);
    if (!nodes_send_script(nodes, argv, batch_on_reply, q)) {
        batch_give_up(q);
        return false;
    }
    b->unanswered++;
    return true;
}

bool
batch_ask(struct batch *b, struct nodes *nodes, const struct argv *argv, bool *open)
{
    size_t count = b->is_apart ? 1 : b->count;

    b->ok = true;
    for (size_t i = 0; i < b->count; i += count) {
        if (!batch_send(b, nodes, argv, i, count) && !b->is_apart) {
            return false;
        }
    }
    *open = b->unanswered > 0;
    return true;
}

struct batch *
batch_create(const struct config *config, const struct batch_kind *kind, void *ctx)
{
    struct batch *b = mem_zalloc(sizeof(*b));

    b->kind = kind;
    b->ctx = ctx;
    b->is_apart = config_is_cluster(&config->redis);
    return b;
}
