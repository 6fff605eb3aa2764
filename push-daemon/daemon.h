/* daemon.h - the push daemon put together: start order, events between the parts, and the end. */
#ifndef PUSH_DAEMON_H
#define PUSH_DAEMON_H

#include "lib/config.h"

struct daemon;

/* NULL: it cannot start, and why was logged. */
struct daemon *daemon_create(const struct config *config);
void daemon_run(struct daemon *d); /* until SIGTERM or SIGINT has been carried out */
void daemon_destroy(struct daemon *d);

#endif
