/* tcp_progress.c - does the peer of a TCP connection take what it is sent? */
#include "push-daemon/net/tcp_progress.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

struct tcp_progress
tcp_progress_of(int fd)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof(info);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 ||
        length < offsetof(struct tcp_info, tcpi_notsent_bytes) + sizeof(info.tcpi_notsent_bytes)) {
        return (struct tcp_progress){false, 0};
    }
    return (struct tcp_progress){info.tcpi_unacked > 0 || info.tcpi_notsent_bytes > 0,
                                 (uint32_t)info.tcpi_bytes_acked};
}
