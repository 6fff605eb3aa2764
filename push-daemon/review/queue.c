/* queue.c - messages on their way through the review. */
#include "push-daemon/review/queue.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/mem.h"
#include "push-daemon/client/session.h"

struct review_item *
review_queue_add(struct review_queue *q, struct session *s, const struct append_message *m)
{
    size_t size = sizeof(struct review_item) + append_message_bytes(m);
    struct review_item *item;

    if (q->bytes + size > REVIEW_BYTES_MAX) {
        return NULL;
    }
    item = mem_zalloc(size);
    item->size = size;
    item->session = s;
    item->state = REVIEW_DECIDED;
    append_message_copy(&item->message, m, item->bytes);
    DL_APPEND2(s->chat.review, item, before, behind);
    q->count++;
    q->bytes += size;
    return item;
}

void
review_queue_remove(struct review_queue *q, struct review_item *item)
{
    DL_DELETE2(item->session->chat.review, item, before, behind);
    q->count--;
    q->bytes -= item->size;
}

void
review_item_free(struct review_item *item)
{
    review_answer_fini(&item->answer);
    free(item);
}

/* ---- by deadline ---- */

static int
review_queue_compare(const struct review_item *a, const struct review_item *b)
{
    return (a->deadline_ms > b->deadline_ms) - (a->deadline_ms < b->deadline_ms);
}

/* Nearly always at the end: a SIGHUP may have made the time shorter. */
static void
review_queue_enlist(struct review_item **list, struct review_item *item)
{
    if (*list == NULL || review_queue_compare((*list)->prev, item) <= 0) {
        DL_APPEND(*list, item);
    } else {
        DL_INSERT_INORDER(*list, item, review_queue_compare);
    }
}

void
review_queue_wait(struct review_queue *q, struct review_item *item, int64_t deadline_ms)
{
    item->deadline_ms = deadline_ms;
    review_queue_enlist(&q->waiting, item);
    item->state = REVIEW_WAITS;
    q->open++;
}

void
review_queue_ask(struct review_queue *q, struct review_item *item, int64_t deadline_ms)
{
    DL_DELETE(q->waiting, item);
    item->deadline_ms = deadline_ms;
    review_queue_enlist(&q->asked, item);
    item->state = REVIEW_ASKED;
}

void
review_queue_decide(struct review_queue *q, struct review_item *item)
{
    if (item->state == REVIEW_WAITS) {
        DL_DELETE(q->waiting, item);
    } else if (item->state == REVIEW_ASKED) {
        DL_DELETE(q->asked, item);
    }
    q->open -= item->state != REVIEW_DECIDED;
    item->state = REVIEW_DECIDED;
}

const struct review_item *
review_queue_next(const struct review_queue *q)
{
    return q->asked == NULL ||
                   (q->waiting != NULL && review_queue_compare(q->waiting, q->asked) < 0)
               ? q->waiting
               : q->asked;
}
