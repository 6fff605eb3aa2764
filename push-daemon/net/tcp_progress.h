/* tcp_progress.h - does the peer of a TCP connection take what it is sent? */
#ifndef PUSH_NET_TCP_PROGRESS_H
#define PUSH_NET_TCP_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct tcp_progress {
    bool waits;     /* the kernel holds bytes that the peer has not acknowledged */
    uint32_t acked; /* bytes that it has ever acknowledged, modulo 2^32 */
};

/* A socket that is no TCP connection, or a kernel before 4.1: nothing waits. */
struct tcp_progress tcp_progress_of(int fd);

#endif
