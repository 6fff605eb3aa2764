/* supervisor.h - keeps a number of child processes running: starts, replaces and stops them.
 *
 * SIGTERM, SIGINT: sends the children their stop_signal, and they finish their work. A second one
 * sends their hurry_signal, a third kills them. SIGHUP: does what reload() says. It replaces
 * children by starting as many new ones, and then sends SIGUSR1 to the old ones. SIGCHLD: starts a
 * new child for one that died: at once if that had lived a while, else later each time. */
#ifndef LIB_PROCESS_SUPERVISOR_H
#define LIB_PROCESS_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

/* What to do with the children at a SIGHUP. */
enum supervisor_reload {
    SUPERVISOR_KEEP,    /* nothing; reload() has said why */
    SUPERVISOR_REPLACE, /* replace them by new ones */
    SUPERVISOR_PASS_ON  /* send them the signal, too */
};

struct supervisor {
    const char *name; /* of a child, for the log */
    int count;        /* of children, at least 1; reload() may change it before a replacement */
    int64_t
        stop_ms; /* a child that still runs so long after its stop signal is killed; reload() may
                       * change it */
    int stop_signal;
    int hurry_signal;
    void *arg;
    /* Runs in the child, with the signal mask from before supervisor_run(). Never returns. */
    void (*child)(void *arg);
    enum supervisor_reload (*reload)(struct supervisor *s); /* may block */
    void (*stopping)(void *arg); /* runs before the children get their stop signal; may be NULL */
    /* Are the children well? Asked if the service manager wants to hear of it, which ends all if it
     * does not. May be NULL. */
    bool (*is_alive)(void *arg, int64_t within_ms);
};

/* Runs until all children have ended after SIGTERM or SIGINT. Informs the service manager. */
void supervisor_run(struct supervisor *s);

#endif
