/* holdback.c - messages that came before a room was in step. */
#include "push-daemon/room/holdback.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "lib/mem.h"

static void
holdback_put(struct holdback *list, struct str payload, bool after_mark, int64_t event_at)
{
    struct held_message *h = mem_alloc(sizeof(*h) + payload.len);

    h->after_mark = after_mark;
    h->event_at = event_at;
    h->length = payload.len;
    if (payload.len > 0) {
        memcpy(h->bytes, payload.p, payload.len);
    }
    DL_APPEND(list->head, h);
    list->bytes += payload.len;
}

void
holdback_add(struct holdback *list, struct str payload, bool after_mark)
{
    holdback_put(list, payload, after_mark, 0);
}

void
holdback_add_event(struct holdback *list, struct str payload, int64_t event_at)
{
    holdback_put(list, payload, true, event_at);
}

void
holdback_rewind(struct holdback *list)
{
    struct held_message *h;

    DL_FOREACH (list->head, h) {
        h->after_mark = false;
    }
}

void
holdback_clear(struct holdback *list)
{
    struct held_message *h, *next;

    DL_FOREACH_SAFE (list->head, h, next) {
        DL_DELETE(list->head, h);
        free(h);
    }
    list->bytes = 0;
}
