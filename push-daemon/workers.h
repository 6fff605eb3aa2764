/* workers.h - several daemons on one port: each a process with its own loop and its own lines to Redis.
 *
 * The kernel spreads the connections over them (SO_REUSEPORT, socket(7)). They share nothing but Redis, as
 * hosts do; so one that dies takes its own clients with it, who reconnect, and nobody else. */
#ifndef PUSH_WORKERS_H
#define PUSH_WORKERS_H

#include "lib/config/config.h"

struct daemon_start;

int workers_wanted(const struct config *config); /* by push.workers */

/* Keeps them running until SIGTERM; work() is what each of them does. Returns the exit code. */
int workers_run(const struct daemon_start *start, int (*work)(const struct daemon_start *start));

#endif
