/* workers.c - several daemons on one port. */
#include "push-daemon/workers.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

#include "lib/process/reload.h"
#include "lib/process/supervisor.h"
#include "push-daemon/daemon.h"
#include "push-daemon/net/listen.h"

enum {
    STOP_MS = 5000 /* a daemon takes less to end once its clients are gone */
};

struct work {
    const struct daemon_start *start;
    int (*work)(const struct daemon_start *start);
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

    exit(w->work(w->start));
}

/* Here for those who are started from now on; those who are there read the file themselves. */
static enum supervisor_reload
reload(struct supervisor *s)
{
    const struct work *w = s->arg;

    return reload_settings(w->start->config, w->start->file) ? SUPERVISOR_PASS_ON : SUPERVISOR_KEEP;
}

int
workers_run(const struct daemon_start *start, int (*work)(const struct daemon_start *start))
{
    const struct config *config = start->config;
    struct work w = {start, work};
    struct supervisor supervisor = {
        .name = "worker",
        .count = (int)start->workers,
        .stop_ms = config->push.drain_s * 1000 + STOP_MS,
        .stop_signal = SIGTERM,
        .hurry_signal = SIGTERM,
        .arg = &w,
        .child = child,
        .reload = reload,
    };

    /* They would share it with a stranger as well. */
    if (!listen_is_free(config->push.listen)) {
        return 1;
    }
    supervisor_run(&supervisor);
    return 0;
}
