/* spread.h - what is to be done soon for many, and not for all at the same moment.
 *
 * Each item gets a random moment within SPREAD_MS. After a cut of the subscription Redis is asked
 * about each client of the daemon: of 100,000 some 1,250 at a time, which takes it a few
 * milliseconds, with room for others in between. */
#ifndef PUSH_CORE_SPREAD_H
#define PUSH_CORE_SPREAD_H

#include "push-daemon/core/timer_wheel.h"

struct env;
struct spread;

enum {
    SPREAD_MS = 8000,    /* none waits longer */
    SPREAD_STEP_MS = 100 /* those of so many ms are due together */
};

/* due: called with each item when its moment has come; it may add and remove any item. */
struct spread *spread_create(const struct env *env,
                             void (*due)(void *arg, struct timer_wheel_item *item), void *arg);
void spread_destroy(struct spread *sp); /* NULL is fine */

/* The item must be in no wheel. timer_wheel_remove() takes it out again. */
void spread_add(struct spread *sp, struct timer_wheel_item *item);

#endif
