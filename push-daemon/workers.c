/* workers.c - several daemons on one port. */
#include "push-daemon/workers.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

#include "lib/clock.h"
#include "lib/filter/wordfile.h"
#include "lib/process/reload.h"
#include "lib/process/supervisor.h"
#include "push-daemon/core/metrics.h"
#include "push-daemon/daemon.h"
#include "push-daemon/net/listen.h"

struct workers {
    const struct daemon_start *start;
    int (*work)(const struct daemon_start *start);
};

int
workers_wanted(const struct config *config)
{
    return config->push.workers > 0 ? (int)config->push.workers : get_nprocs();
}

static void
workers_child(void *arg)
{
    struct workers *w = arg;

    exit(w->work(w->start));
}

static int64_t
workers_stop_ms(const struct config *config)
{
    return config->push.drain_s * 1000 + DAEMON_STOP_MS;
}

/* This process needs the new settings for workers that it starts from now on. The running ones read
 * the file themselves. */
static enum supervisor_reload
workers_reload(struct supervisor *s)
{
    const struct workers *w = s->arg;

    if (!reload_settings(w->start->config, w->start->file)) {
        return SUPERVISOR_KEEP;
    }
    s->stop_ms = workers_stop_ms(w->start->config);
    return SUPERVISOR_PASS_ON;
}

static bool
workers_are_alive(void *arg, int64_t within_ms)
{
    const struct workers *w = arg;

    return metrics_are_alive(w->start->slots, w->start->workers, clock_ms() - within_ms);
}

int
workers_run(const struct daemon_start *start, int (*work)(const struct daemon_start *start))
{
    const struct config *config = start->config;
    struct workers w = {start, work};
    struct supervisor supervisor = {
        .name = "worker",
        .count = (int)start->workers,
        .stop_ms = workers_stop_ms(config),
        .stop_signal = SIGTERM,
        .hurry_signal = SIGTERM,
        .arg = &w,
        .child = workers_child,
        .reload = workers_reload,
        .is_alive = workers_are_alive,
    };

    /* What would end each worker at its start. With SO_REUSEPORT the workers would share a port
     * with a stranger as well. */
    if (!wordfile_check(config->filter.file) || !listen_is_free(config->push.listen) ||
        (*config->push.health != '\0' && !listen_is_free(config->push.health))) {
        return 1;
    }
    supervisor_run(&supervisor);
    return 0;
}
