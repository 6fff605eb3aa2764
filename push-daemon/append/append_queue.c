/* append_queue.c - FIFO of the messages whose outcome is not known yet. */
#include "push-daemon/append/append_queue.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/mem.h"

static struct str
append_queue_copy(char **to, struct str s)
{
    struct str copy = {*to, s.len};

    memcpy(*to, s.len > 0 ? s.p : "", s.len);
    *to += s.len;
    return copy;
}

struct append_entry *
append_queue_add(struct append_queue *q, const struct append_message *m)
{
    size_t size = sizeof(struct append_entry) + m->group.len + m->user.len + m->info.len +
                  m->token.len + m->id.len;
    struct append_entry *e;
    char *to;

    if (q->bytes + size > q->max_bytes) {
        return NULL;
    }
    e = mem_zalloc(size);
    e->size = size;
    to = e->bytes;
    e->message.group = append_queue_copy(&to, m->group);
    e->message.user = append_queue_copy(&to, m->user);
    e->message.info = append_queue_copy(&to, m->info);
    e->message.token = append_queue_copy(&to, m->token);
    e->message.id = append_queue_copy(&to, m->id);
    e->message.standing = m->standing;
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
append_queue_clear(struct append_queue *q)
{
    while (q->head != NULL) {
        append_queue_drop(q, q->head);
    }
}
