/* daemon.h - the push daemon put together: start order, events between the parts, and the end. */
#ifndef PUSH_DAEMON_H
#define PUSH_DAEMON_H

#include <stddef.h>

#include "lib/config.h"

struct daemon;
struct metrics;

/* Takes one of count places to count in. NULL: it cannot start, and why was logged. */
struct daemon *daemon_create(const struct config *config, struct metrics *places, size_t count);
void daemon_run(struct daemon *d); /* until SIGTERM or SIGINT has been carried out */
void daemon_destroy(struct daemon *d);

#endif
