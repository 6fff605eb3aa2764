/* env.h - what every part of a daemon needs. The daemon owns it, and it outlives all parts. */
#ifndef PUSH_CORE_ENV_H
#define PUSH_CORE_ENV_H

#include <stddef.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/core/metrics.h"

struct reaper;
struct redis_clock;

struct env {
    struct loop *loop;
    const struct config *config; /* SIGHUP changes it in place */
    struct metrics *metrics;
    struct reaper *reaper;
    struct redis_clock *redis_clock;
    size_t workers; /* daemons that share the ports, this one included */
};

/* Monotonic milliseconds, as of the begin of the loop's turn. */
static inline int64_t
env_now_ms(const struct env *env)
{
    return loop_now_ms(env->loop);
}

#endif
