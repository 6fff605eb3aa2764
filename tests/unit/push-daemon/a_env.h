/* a_env.h - what every part of a daemon is handed: fake loop, default settings, metrics. */
#ifndef TESTS_UNIT_PUSHD_A_ENV_H
#define TESTS_UNIT_PUSHD_A_ENV_H

#include "push-daemon/core/env.h"
#include "push-daemon/core/reaper.h"
#include "push-daemon/core/redis_clock.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"

struct a_env {
    struct env env;
    struct config config;
    struct metrics metrics;
    struct reaper reaper;
    struct redis_clock redis_clock; /* shows what the loop's does, until the test says otherwise */
};

static inline void
a_env_make(struct a_env *e)
{
    memset(e, 0, sizeof(*e));
    a_config_make(&e->config);
    e->env = (struct env){.loop = loop_create(),
                          .config = &e->config,
                          .metrics = &e->metrics,
                          .reaper = &e->reaper,
                          .redis_clock = &e->redis_clock,
                          .workers = 1};
    e->redis_clock = (struct redis_clock){.measured = true, .metrics = &e->metrics};
}

static inline void
a_env_free(struct a_env *e)
{
    reaper_run(&e->reaper);
    loop_destroy(e->env.loop);
    a_config_free(&e->config);
}

/* How often connections ended for the reason with this text. */
static inline uint64_t
a_env_closes(const struct a_env *e, const char *text)
{
    for (int i = 0; i < CLOSE_REASON__MAX; i++) {
        if (strcmp(close_reason_text((enum close_reason)i), text) == 0) {
            return e->metrics.closes[i];
        }
    }
    fail_msg("no close reason: %s", text);
    return 0;
}

/* How often a handshake was refused with this status. */
static inline uint64_t
a_env_refusals(const struct a_env *e, int status)
{
    return e->metrics.refusals[status - METRICS_STATUS_MIN];
}

#endif
