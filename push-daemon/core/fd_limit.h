/* fd_limit.h - how many connections this process can hold. */
#ifndef PUSH_CORE_FD_LIMIT_H
#define PUSH_CORE_FD_LIMIT_H

#include <stddef.h>

#include "lib/config/config.h"

/* Raises the soft limit to the hard one (getrlimit(2)). Returns how many descriptors may be
 * clients' sockets. */
size_t fd_limit_raise(void);

/* How many of these sockets may be WebSockets, by push.maxConnections. */
size_t fd_limit_connections(const struct config *config, size_t sockets);

#endif
