/* append_queue.c - FIFO of the messages whose outcome is not known yet. */
#include "push-daemon/append/append_queue.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/mem.h"

struct append_entry *
append_queue_add(struct append_queue *q, const struct append_message *m)
{
    size_t size = sizeof(struct append_entry) + append_message_bytes(m);
    struct append_entry *e;

    if (q->bytes + size > q->max_bytes) {
        return NULL;
    }
    e = mem_zalloc(size);
    e->size = size;
    append_message_copy(&e->message, m, e->bytes);
    DL_APPEND(q->head, e);
    q->count++;
    q->bytes += size;
    return e;
}

static void
append_queue_remove(struct append_queue *q, struct append_entry *e)
{
    DL_DELETE(q->head, e);
    q->count--;
    q->bytes -= e->size;
}

void
append_queue_drop(struct append_queue *q, struct append_entry *e)
{
    append_queue_remove(q, e);
    free(e);
}

void
append_queue_tell(struct append_queue *q, struct append_entry *e,
                  const struct append_outcome *outcome)
{
    append_queue_remove(q, e);
    e->fn(e->arg, outcome);
    free(e);
}

void
append_queue_resolve(struct append_queue *q, struct append_entry *e, enum append_result result)
{
    append_queue_tell(q, e, &(struct append_outcome){.result = result, .ts = e->ts});
}

void
append_queue_resolve_stored(struct append_queue *q)
{
    while (q->head != NULL && q->head->ts > 0) {
        append_queue_resolve(q, q->head, APPEND_STORED);
    }
}

void
append_queue_doubt(struct append_queue *q)
{
    struct append_entry *e;

    DL_FOREACH (q->head, e) {
        e->kept = false;
    }
}

void
append_queue_clear(struct append_queue *q)
{
    while (q->head != NULL) {
        append_queue_drop(q, q->head);
    }
}
