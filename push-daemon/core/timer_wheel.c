/* timer_wheel.c - which items are due in which second. */
#include "push-daemon/core/timer_wheel.h"

#include <stddef.h>
#include <utlist.h>

void
timer_wheel_add(struct timer_wheel *w, struct timer_wheel_item *item, unsigned seconds)
{
    unsigned ahead = seconds < TIMER_WHEEL_MAX_SECONDS ? seconds : TIMER_WHEEL_MAX_SECONDS;

    item->slot = &w->slots[(w->now + ahead) % TIMER_WHEEL_SLOTS];
    DL_APPEND(*item->slot, item);
}

void
timer_wheel_remove(struct timer_wheel_item *item)
{
    if (item->slot != NULL) {
        DL_DELETE(*item->slot, item);
        item->slot = NULL;
    }
}

void
timer_wheel_turn(struct timer_wheel *w, void (*fn)(void *arg, struct timer_wheel_item *item),
                 void *arg)
{
    struct timer_wheel_item **due = &w->slots[w->now];

    /* The wheel moves on first, so an item that fn adds never lands in the slot being emptied. */
    w->now = (w->now + 1) % TIMER_WHEEL_SLOTS;
    while (*due != NULL) {
        struct timer_wheel_item *item = *due;

        timer_wheel_remove(item);
        fn(arg, item);
    }
}
