/* listen.c - the address that a daemon listens on. */
#include "push-daemon/net/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/config/hostport.h"
#include "lib/log.h"

static void
listen_set_option(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof(value));
}

/* Returns a bound socket, or -1 with errno. Accepted sockets inherit its options (tcp(7)). */
static int
listen_bind_info(const struct addrinfo *info, bool shared)
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error;

    if (fd < 0) {
        return -1;
    }
    /* What an earlier daemon left in TIME_WAIT is not in the way. */
    listen_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    listen_set_option(fd, SOL_SOCKET, SO_REUSEPORT, shared);
    listen_set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    listen_set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (info->ai_family == AF_INET6) {
        listen_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0); /* so * is IPv4 too */
    }
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0) {
        return fd;
    }
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* NULL, with errno 0: unknown, and that was logged. */
static struct addrinfo *
listen_look_up(const char *listen, const char *address, const char *service, int family)
{
    struct addrinfo hints = {
        .ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *info = NULL;
    int failed = getaddrinfo(address, service, &hints, &info);

    if (failed != 0) {
        log_error("listen address=%s reason=\"%s\"", listen, gai_strerror(failed));
        errno = 0; /* that was all there is to say */
        return NULL;
    }
    return info;
}

static int
listen_bind_family(const char *listen, const char *address, const char *service, int family,
                   bool shared)
{
    struct addrinfo *info = listen_look_up(listen, address, service, family);
    int fd = info != NULL ? listen_bind_info(info, shared) : -1;

    if (info != NULL) {
        freeaddrinfo(info);
    }
    return fd;
}

static int
listen_bind(const char *listen, bool shared)
{
    char address[HOSTPORT_HOST_SIZE], service[12];
    int port, fd = -1;

    (void)hostport_split(str_of(listen), address, &port);
    snprintf(service, sizeof(service), "%d", port);
    if (strcmp(address, "*") != 0) {
        fd = listen_bind_family(listen, address, service, AF_UNSPEC, shared);
    } else {
        fd = listen_bind_family(listen, NULL, service, AF_INET6, shared);
        if (fd < 0 && errno != EADDRINUSE) { /* a host without IPv6 */
            fd = listen_bind_family(listen, NULL, service, AF_INET, shared);
        }
    }
    if (fd < 0 && errno != 0) {
        log_error("listen address=%s reason=\"%s\"", listen, strerror(errno));
    }
    return fd;
}

int
listen_open(const char *address, bool shared)
{
    int fd = listen_bind(address, shared);

    if (fd >= 0 && listen(fd, SOMAXCONN) != 0) {
        log_error("listen address=%s reason=\"%s\"", address, strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}

bool
listen_is_free(const char *address)
{
    int fd = listen_bind(address, false);

    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}
