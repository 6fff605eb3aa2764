/* spawn.c - runs FastCGI processes for web servers that start none. */
#include "fcgi-api/spawn/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fcgi-api/spawn/listener.h"
#include "lib/config/config_file.h"
#include "lib/config/number.h"
#include "lib/config/settings.h"
#include "lib/log.h"
#include "lib/process/service.h"
#include "lib/process/supervisor.h"

enum {
    PROCESSES_MAX = 1000,
    CHECK_SECONDS = 5,
    STOP_MS = 10000 /* a request may wait that long for its body and for Redis */
};

const char spawn_help[] =
    "  -s unix:PATH  listen on this socket, and run FastCGI processes behind it\n"
    "  -n N          so many (else http.processes of the settings)\n";

/* What the processes need at their start. */
struct spawning {
    char program[PATH_MAX]; /* a path, so that a reload starts a newer program that is there */
    const char *file;
    int socket;
    int processes; /* as in struct spawn */
};

bool
spawn_option(void *arg, int letter, const char *value)
{
    struct spawn *spawn = arg;
    int64_t n;

    if (letter == 's') {
        if (strncmp(value, "unix:", 5) != 0 || value[5] == '\0') {
            fprintf(stderr,
                    "fastim-api: -s %s: should be unix:PATH (FastCGI has no login: TCP would "
                    "be open to others)\n",
                    value);
            return false;
        }
        spawn->socket = value + 5;
        return true;
    }
    if (!number_parse(str_of(value), 1, PROCESSES_MAX, &n)) {
        fprintf(stderr, "fastim-api: -n %s: should be a number from 1 to %d\n", value,
                PROCESSES_MAX);
        return false;
    }
    spawn->processes = (int)n;
    return true;
}

bool
spawn_is_asked(const struct spawn *spawn)
{
    return spawn->socket != NULL || service_listen_fds() > 0;
}

/* ---- the processes ---- */

/* In a child: becomes this program again, as a web server would start it. Returns if that fails. */
static void
spawn_become_process(void *arg)
{
    struct spawning *g = arg;
    char *const words[] = {"fastim-api", "-c", (char *)g->file, NULL};

    dup2(g->socket, STDIN_FILENO);
    if (g->socket != STDIN_FILENO) {
        close(g->socket);
    }
    execv(g->program, words);
    log_error("exec program=%s reason=\"%s\"", log_quote(str_of(g->program)).text, strerror(errno));
}

/* Would the program that is there now take the settings that are there now, and all that they
 * name? It says itself what is wrong. A module that does not return in time is wrong, too. */
static bool
spawn_is_usable(struct spawning *g)
{
    char *const words[] = {"fastim-api", "-t", "-c", (char *)g->file, NULL};
    sigset_t none;
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        (void)!freopen("/dev/null", "w", stdout); /* mistakes go to stderr */
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        alarm(CHECK_SECONDS);
        execv(g->program, words);
        _exit(1);
    }
    if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status)) {
        log_error("check signal=%d", WTERMSIG(status));
    }
    return status == 0;
}

/* A newer program may know settings that this one does not. If this one cannot read them, the
 * number of processes stays as it is. */
static enum supervisor_reload
spawn_reload(struct supervisor *s)
{
    struct spawning *g = s->arg;
    struct config *config;

    if (!spawn_is_usable(g)) {
        return SUPERVISOR_KEEP;
    }
    config = config_file_load(g->file, stderr);
    if (config != NULL) {
        log_set_level((enum log_level)config->log.level);
        s->count = g->processes > 0 ? g->processes : (int)config->http.processes;
    }
    settings_destroy(config);
    return SUPERVISOR_REPLACE;
}

/* Refuses new connections, so that the processes can finish the requests that wait. */
static void
spawn_close_socket(void *arg)
{
    const struct spawning *g = arg;

    shutdown(g->socket, SHUT_RD);
}

/* ---- the socket ---- */

static bool
spawn_open_socket(const struct spawn *spawn, const struct config *config, struct listener *listener)
{
    if (spawn->socket != NULL) {
        return listener_open(listener, spawn->socket, config->http.socket_user,
                             config->http.socket_group);
    }
    if (service_listen_fds() != 1) {
        log_error("listen reason=\"%d sockets from the service manager, should be one\"",
                  service_listen_fds());
        return false;
    }
    *listener = (struct listener){.fd = SERVICE_FIRST_FD};
    return listener_take(SERVICE_FIRST_FD);
}

/* From the moment when clients can connect, somebody has to answer them. So a stop signal waits:
 * here until there are processes to tell, and in each of these until it can handle it. */
static void
spawn_block_stop_signals(void)
{
    sigset_t stops;

    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGUSR1);
    sigprocmask(SIG_BLOCK, &stops, NULL);
}

/* Opens those of the descriptors 0 to 2 that are closed, so that no later one gets their number. */
static void
spawn_open_standard_fds(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    close(fd);
}

int
spawn_run(const struct spawn *spawn, const struct config *config, const char *file)
{
    struct spawning g = {.file = file, .processes = spawn->processes};
    struct supervisor supervisor = {
        .name = "fastcgi-process",
        .count = spawn->processes > 0 ? spawn->processes : (int)config->http.processes,
        .stop_ms = STOP_MS,
        .stop_signal = SIGTERM,
        .hurry_signal = SIGUSR1,
        .arg = &g,
        .child = spawn_become_process,
        .reload = spawn_reload,
        .stopping = spawn_close_socket,
    };
    struct listener listener;

    spawn_open_standard_fds();
    signal(SIGPIPE, SIG_IGN); /* the reader of the log may go away */
    if (readlink("/proc/self/exe", g.program, sizeof(g.program) - 1) < 0) {
        log_error("spawn reason=\"%s\"", strerror(errno));
        return 1;
    }
    if (!spawn_is_usable(&g)) {
        return 1;
    }
    spawn_block_stop_signals();
    if (!spawn_open_socket(spawn, config, &listener)) {
        return 1;
    }
    g.socket = listener.fd;
    if (spawn->socket == NULL) { /* the service manager keeps waiting requests for the next start */
        supervisor.stop_signal = SIGUSR1;
        supervisor.stopping = NULL;
    }
    supervisor_run(&supervisor);
    listener_close(&listener);
    return 0;
}
