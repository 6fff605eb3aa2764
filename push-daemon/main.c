/* main.c - fastim-pushd: settings, signals that must not kill it, and the daemon. */
#include <signal.h>

#include "lib/options.h"
#include "push-daemon/daemon.h"

int
main(int argc, char **argv)
{
    static const struct program program = {
        .name = "fastim-pushd",
        .purpose = "Keeps the WebSockets of fastim: group chat and group lists, pushed from Redis.",
    };
    const char *file;
    struct config *config;
    struct daemon *daemon;
    int exit_code;

    config = options_load(&program, argc, argv, &file, &exit_code);
    if (config == NULL) {
        return exit_code;
    }
    signal(SIGPIPE, SIG_IGN);
    daemon = daemon_create(config);
    if (daemon != NULL) {
        daemon_run(daemon);
    }
    exit_code = daemon != NULL ? 0 : 1;
    daemon_destroy(daemon);
    config_destroy(config);
    return exit_code;
}
