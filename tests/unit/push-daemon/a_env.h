/* a_env.h - what every part of a daemon is handed: the fake loop, the default settings, its metrics. */
#ifndef TESTS_UNIT_PUSHD_A_ENV_H
#define TESTS_UNIT_PUSHD_A_ENV_H

#include "push-daemon/core/env.h"
#include "push-daemon/core/reaper.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"

struct a_env {
    struct env env;
    struct config config;
    struct metrics metrics;
    struct reaper reaper;
};

static inline void
a_env_make(struct a_env *e)
{
    memset(e, 0, sizeof(*e));
    a_config_make(&e->config);
    e->env = (struct env){loop_create(), &e->config, &e->metrics, &e->reaper, 1};
}

static inline void
a_env_free(struct a_env *e)
{
    reaper_run(&e->reaper);
    loop_destroy(e->env.loop);
    a_config_free(&e->config);
}

/* How often it was counted, in metrics.closes or metrics.refusals. */
static inline uint64_t
a_env_reasons(const struct metrics_reason reasons[METRICS_REASONS], const char *text)
{
    for (size_t i = 0; i < METRICS_REASONS; i++) {
        if (reasons[i].count > 0 && strcmp(reasons[i].text, text) == 0) {
            return reasons[i].count;
        }
    }
    return 0;
}

#endif
