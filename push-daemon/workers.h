/* workers.h - several daemons on one port: each is a process with its own loop and its own
 * connections to Redis.
 *
 * The kernel spreads the connections over them (SO_REUSEPORT, socket(7)). Like hosts, they share
 * nothing but Redis. A worker that dies takes its own clients with it, who reconnect, and nobody
 * else. */
#ifndef PUSH_WORKERS_H
#define PUSH_WORKERS_H

#include "lib/config/config.h"

struct daemon_start;

/* How many push.workers asks for; 0 there means one a core. */
int workers_wanted(const struct config *config);

/* Keeps them running until SIGTERM. Each worker is a child process that calls work() and exits with
 * its result. Returns this process' exit code. */
int workers_run(const struct daemon_start *start, int (*work)(const struct daemon_start *start));

#endif
