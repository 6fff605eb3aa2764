/* daemon.h - the push daemon put together: start order, events between the parts, and the end. */
#ifndef PUSH_DAEMON_H
#define PUSH_DAEMON_H

#include <stddef.h>

#include "lib/config/config.h"

struct daemon;
struct metrics;

struct daemon_start {
    struct config *config;  /* changes at SIGHUP */
    const char *file;       /* where it is from */
    struct metrics *places; /* one of them is to be taken to count in */
    size_t count;
};

/* NULL: it cannot start, and why was logged. */
struct daemon *daemon_create(const struct daemon_start *start);
void daemon_run(
    struct daemon
        *d); /* until SIGTERM or SIGINT has been carried out; SIGHUP: the settings are read again */
void daemon_destroy(struct daemon *d);

#endif
