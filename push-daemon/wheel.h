/* wheel.h - who is due in which second: one timer for all, whatever their number (a timing wheel).
 *
 * Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987), scheme 4 with slots of a second. */
#ifndef PUSH_WHEEL_H
#define PUSH_WHEEL_H

#include <stdint.h>

enum {
    WHEEL_SLOTS = 128,
    WHEEL_MAX_SECONDS = WHEEL_SLOTS - 2 /* a longer delay is cut to this */
};

/* Stands inside what is to be due. All zero: in no wheel. */
struct wheel_item {
    struct wheel_item *prev;
    struct wheel_item *next;
    struct wheel_item **slot;
};

struct wheel {
    struct wheel_item *slots[WHEEL_SLOTS];
    unsigned now; /* the slot whose items are due at the next turn */
};

/* Due at the turn after `seconds` more turns. The item must be in no wheel. */
void wheel_add(struct wheel *w, struct wheel_item *item, unsigned seconds);
void wheel_remove(struct wheel_item *item); /* fine if it is in none */

/* Call once a second. Takes out each item that is due and hands it over; fn may add and remove any. */
void wheel_turn(struct wheel *w, void (*fn)(void *arg, struct wheel_item *item), void *arg);

#endif
