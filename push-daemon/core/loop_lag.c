/* loop_lag.c - how late the loop's timers are; and that they run at all. */
#include "push-daemon/core/loop_lag.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "push-daemon/core/env.h"

enum {
    INTERVAL_MS = 250
};

struct loop_lag {
    const struct env *env;
    struct loop_timer *timer;
    int64_t due_us;
};

static void
loop_lag_await(struct loop_lag *lag)
{
    lag->due_us = clock_us() + INTERVAL_MS * 1000;
    loop_timer_start(lag->timer, INTERVAL_MS, 0);
}

static void
loop_lag_measure(void *arg)
{
    struct loop_lag *lag = arg;
    int64_t late_us = clock_us() - lag->due_us;

    __atomic_store_n(&lag->env->metrics->beat_ms, clock_ms(), __ATOMIC_RELAXED);
    metrics_observe(&lag->env->metrics->loop_lag_us, (uint64_t)(late_us > 0 ? late_us : 0));
    loop_lag_await(lag);
}

struct loop_lag *
loop_lag_start(const struct env *env)
{
    struct loop_lag *lag = mem_zalloc(sizeof(*lag));

    lag->env = env;
    lag->timer = loop_timer_create(env->loop, loop_lag_measure, lag);
    loop_lag_await(lag);
    return lag;
}

void
loop_lag_stop(struct loop_lag *lag)
{
    if (lag != NULL) {
        loop_timer_destroy(lag->timer);
        free(lag);
    }
}
