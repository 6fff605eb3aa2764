/* timer_wheel.h - which items are due in which second: one timer for all, whatever their number.
 *
 * Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987), scheme 4 with slots of a
 * second. */
#ifndef PUSH_CORE_TIMER_WHEEL_H
#define PUSH_CORE_TIMER_WHEEL_H

#include <stdint.h>

enum {
    TIMER_WHEEL_SLOTS = 128,
    TIMER_WHEEL_MAX_SECONDS = TIMER_WHEEL_SLOTS - 2 /* a longer delay is cut to this */
};

/* A field of what is to be due. All zero: in no wheel. */
struct timer_wheel_item {
    struct timer_wheel_item *prev;
    struct timer_wheel_item *next;
    struct timer_wheel_item **slot;
};

struct timer_wheel {
    struct timer_wheel_item *slots[TIMER_WHEEL_SLOTS];
    unsigned now; /* the slot whose items are due at the next turn */
};

/* Due at the turn after `seconds` more turns. The item must be in no wheel. */
void timer_wheel_add(struct timer_wheel *w, struct timer_wheel_item *item, unsigned seconds);
void timer_wheel_remove(struct timer_wheel_item *item); /* fine if it is in none */

/* Call it once a second. Removes each item that is due and calls fn with it; fn may add and remove
 * any item. */
void timer_wheel_turn(struct timer_wheel *w, void (*fn)(void *arg, struct timer_wheel_item *item),
                      void *arg);

#endif
