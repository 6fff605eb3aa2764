/* main.c - fastim-pushd: settings, signals that must not kill it, and the daemon, or several of them. */
#include <signal.h>
#include <stdlib.h>

#include "lib/options.h"
#include "push-daemon/daemon.h"
#include "push-daemon/metrics.h"
#include "push-daemon/workers.h"

/* One daemon, until it is told to stop. Returns the exit code. */
static int
work(const struct config *config, struct metrics *places, size_t count)
{
    struct daemon *daemon = daemon_create(config, places, count);

    if (daemon == NULL) {
        return 1;
    }
    daemon_run(daemon);
    daemon_destroy(daemon);
    return 0;
}

int
main(int argc, char **argv)
{
    static const struct program program = {
        .name = "fastim-pushd",
        .purpose = "Keeps the WebSockets of fastim: group chat and group lists, pushed from Redis.",
    };
    const char *file;
    struct config *config;
    int exit_code;

    config = options_load(&program, argc, argv, &file, &exit_code);
    if (config == NULL) {
        return exit_code;
    }
    signal(SIGPIPE, SIG_IGN);
    exit_code =
        workers_wanted(config) > 1 ? workers_run(config, work) : work(config, metrics_create(1), 1);
    config_destroy(config);
    return exit_code;
}
