/* workers.c - several daemons on one port. */
#include "push-daemon/workers.h"

#include <stdlib.h>
#include <sys/sysinfo.h>

#include "lib/log.h"
#include "lib/supervisor.h"
#include "push-daemon/metrics.h"
#include "push-daemon/port.h"

enum {
    STOP_MS = 5000 /* a daemon takes less to end once its clients are gone */
};

struct work {
    const struct config *config;
    int (*work)(const struct config *config, struct metrics *places, size_t count);
    struct metrics *places;
};

int
workers_wanted(const struct config *config)
{
    return config->push.workers > 0 ? (int)config->push.workers : get_nprocs();
}

static void
child(void *arg)
{
    struct work *w = arg;

    exit(w->work(w->config, w->places, (size_t)workers_wanted(w->config)));
}

static bool
prepare(struct supervisor *s)
{
    (void)s;
    log_warn("reload reason=\"fastim-pushd reads its settings at its start\"");
    return false;
}

int
workers_run(const struct config *config,
            int (*work)(const struct config *config, struct metrics *places, size_t count))
{
    struct work w = {config, work, metrics_create((size_t)workers_wanted(config))};
    struct supervisor supervisor = {
        .name = "worker",
        .count = workers_wanted(config),
        .stop_ms = config->push.drain_s * 1000 + STOP_MS,
        .arg = &w,
        .child = child,
        .prepare = prepare,
    };

    /* They would share it with a stranger as well. */
    if (!port_is_free(config->push.listen)) {
        return 1;
    }
    supervisor_run(&supervisor);
    return 0;
}
