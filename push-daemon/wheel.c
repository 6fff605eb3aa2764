/* wheel.c - who is due in which second: one timer for all, whatever their number. */
#include "push-daemon/wheel.h"

#include <stddef.h>
#include <utlist.h>

void
wheel_add(struct wheel *w, struct wheel_item *item, unsigned seconds)
{
    unsigned ahead = seconds < WHEEL_MAX_SECONDS ? seconds : WHEEL_MAX_SECONDS;

    item->slot = &w->slots[(w->now + ahead) % WHEEL_SLOTS];
    DL_APPEND(*item->slot, item);
}

void
wheel_remove(struct wheel_item *item)
{
    if (item->slot != NULL) {
        DL_DELETE(*item->slot, item);
        item->slot = NULL;
    }
}

void
wheel_turn(struct wheel *w, void (*fn)(void *arg, struct wheel_item *item), void *arg)
{
    struct wheel_item **due = &w->slots[w->now];

    /* The slot moves on first: what fn adds anew never lands in the one being emptied. */
    w->now = (w->now + 1) % WHEEL_SLOTS;
    while (*due != NULL) {
        struct wheel_item *item = *due;

        wheel_remove(item);
        fn(arg, item);
    }
}
