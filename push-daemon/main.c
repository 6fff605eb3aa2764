/* main.c - fastim-pushd: settings, signals that must not kill it, and the daemon, or several of
 * them. */
#include <signal.h>
#include <stdlib.h>

#include "lib/config/settings.h"
#include "lib/filter/wordfile.h"
#include "lib/process/options.h"
#include "lib/process/reload.h"
#include "lib/review/request.h"
#include "push-daemon/daemon.h"
#include "push-daemon/core/metrics.h"
#include "push-daemon/workers.h"

/* One daemon, until it is told to stop. Returns the exit code. */
static int
work(const struct daemon_start *start)
{
    struct daemon *daemon = daemon_create(start);

    if (daemon == NULL) {
        return 1;
    }
    daemon_run(daemon);
    daemon_destroy(daemon);
    return 0;
}

/* For -t: can all that the settings name be used? */
static bool
check(const struct config *config)
{
    return wordfile_check(config->filter.file) && review_request_check(config->hook.url);
}

int
main(int argc, char **argv)
{
    static const struct program program = {
        .name = "fastim-pushd",
        .purpose = "Keeps the WebSockets of fastim: group chat and group lists, pushed from Redis.",
        .check = check,
    };
    struct daemon_start start;
    int exit_code;

    reload_block_signal();
    start.config = options_load(&program, argc, argv, &start.file, &exit_code);
    if (start.config == NULL) {
        return exit_code;
    }
    signal(SIGPIPE, SIG_IGN);
    start.workers = (size_t)workers_wanted(start.config);
    start.slots = metrics_create(start.workers);
    exit_code = start.workers > 1 ? workers_run(&start, work) : work(&start);
    settings_destroy(start.config);
    return exit_code;
}
