/* supervisor.h - keeps a number of child processes running: starts, restarts, replaces and stops them.
 *
 * SIGTERM and SIGINT: the children get their stop_signal and finish what they are at; a second one sends them
 * their hurry_signal, a third kills them.
 * SIGHUP: as reload() says. To replace: as many new ones are started, then the old ones get SIGUSR1.
 * A child that dies is started again: at once if it had lived for a while, else later each time. */
#ifndef LIB_PROCESS_SUPERVISOR_H
#define LIB_PROCESS_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

/* What comes of a SIGHUP. */
enum supervisor_reload {
    SUPERVISOR_KEEP,    /* the children stay as they are; why was said */
    SUPERVISOR_REPLACE, /* by new ones */
    SUPERVISOR_PASS_ON  /* they get the signal, too */
};

struct supervisor {
    const char *name; /* of a child, for the log */
    int count;        /* of children, at least 1; reload() may change it, to replace */
    int64_t
        stop_ms; /* how long a child may take to its end from when it was told, before it is killed */
    int stop_signal;
    int hurry_signal;
    void *arg;
    /* Runs in the child, with signals as they were when the supervisor was started, and never returns. */
    void (*child)(void *arg);
    enum supervisor_reload (*reload)(struct supervisor *s); /* may take its time */
    void (*stopping)(void *arg); /* before the children are told; may be NULL */
};

/* Returns when all children are gone after SIGTERM or SIGINT. Tells a service manager how it goes. */
void supervisor_run(struct supervisor *s);

#endif
