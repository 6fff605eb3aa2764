/* fd_limit.c - how many connections this process can hold. */
#include "push-daemon/core/fd_limit.h"

#include <sys/resource.h>

/* For the loop, for Redis, and for connections that are only answered 503. */
enum {
    DESCRIPTORS_TO_SPARE = 64
};

size_t
fd_limit_raise(void)
{
    struct rlimit limit = {1024, 1024};

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur > 2 * DESCRIPTORS_TO_SPARE ? limit.rlim_cur - DESCRIPTORS_TO_SPARE : 64;
}

size_t
fd_limit_connections(const struct config *config, size_t sockets)
{
    size_t wanted = (size_t)config->push.max_connections;

    return wanted > 0 && wanted < sockets ? wanted : sockets;
}
