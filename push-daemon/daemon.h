/* daemon.h - one push daemon: its parts, their order, and its end. */
#ifndef PUSH_DAEMON_H
#define PUSH_DAEMON_H

#include <stddef.h>

#include "lib/config/config.h"

enum {
    DAEMON_STOP_MS = 5000 /* more than a daemon takes to end once its clients are gone */
};

struct daemon;
struct metrics;

struct daemon_start {
    struct config *config; /* changes at SIGHUP */
    const char *file;      /* where it was read from */
    struct metrics *slots; /* the daemon takes one of them to count in */
    size_t workers;        /* how many slots, and daemons, there are */
};

/* NULL: it cannot start, and the reason was logged. */
struct daemon *daemon_create(const struct daemon_start *start);

/* Runs until SIGTERM or SIGINT has been carried out. SIGHUP: the settings are read again. */
void daemon_run(struct daemon *d);
void daemon_destroy(struct daemon *d); /* NULL is fine */

#endif
