/* spread.c - what is to be done soon for many, and not for all at the same moment. */
#include "push-daemon/core/spread.h"

#include <stdlib.h>

#include "lib/backoff.h"
#include "lib/mem.h"
#include "push-daemon/core/env.h"

enum {
    STEPS = SPREAD_MS / SPREAD_STEP_MS
};

_Static_assert(STEPS <= (int)TIMER_WHEEL_MAX_SECONDS, "each step has a slot of its own");

struct spread {
    void (*due)(void *arg, struct timer_wheel_item *item);
    void *arg;
    struct timer_wheel wheel; /* it turns once a step */
    struct loop_timer *timer;
    unsigned steps; /* until the wheel is empty; 0: it is, and the timer rests */
};

static void
spread_step(void *ctx)
{
    struct spread *sp = ctx;

    if (--sp->steps == 0) {
        loop_timer_stop(sp->timer);
    }
    timer_wheel_turn(&sp->wheel, sp->due, sp->arg);
}

void
spread_add(struct spread *sp, struct timer_wheel_item *item)
{
    if (sp->steps == 0) {
        loop_timer_start(sp->timer, SPREAD_STEP_MS, SPREAD_STEP_MS);
    }
    sp->steps = STEPS;
    timer_wheel_add(&sp->wheel, item,
                    (unsigned)(backoff_draw_ms(SPREAD_MS - SPREAD_STEP_MS) / SPREAD_STEP_MS));
}

struct spread *
spread_create(const struct env *env, void (*due)(void *arg, struct timer_wheel_item *item),
              void *arg)
{
    struct spread *sp = mem_zalloc(sizeof(*sp));

    sp->due = due;
    sp->arg = arg;
    sp->timer = loop_timer_create(env->loop, spread_step, sp);
    return sp;
}

void
spread_destroy(struct spread *sp)
{
    if (sp != NULL) {
        loop_timer_destroy(sp->timer);
        free(sp);
    }
}
