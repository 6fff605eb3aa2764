/* a_env.h - what every part of a daemon is handed: fake loop, default settings, metrics. */
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
