/* bare.c - the limit without coalescing: an epoll loop that makes one send() a message a client.
 *
 *   bare PORT [drop|double|swap]
 *
 * What a client of /group/chat/GROUP/… says goes to all clients of that group; no Redis, no
 * history. The second word makes it wrong once in a while: the load generator has to notice. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uthash.h>
#include <utlist.h>

#include "tests/bench/wire.h"

enum {
    READ_BYTES = 65536,
    EVENTS = 512,
    BACKLOG = 4096,
    NAME_BYTES = 64,
    FAULT_EVERY = 1009 /* deliveries; prime, so that it meets every client */
};

struct client {
    struct client *prev, *next;
    struct group *group; /* NULL: handshake */
    int fd;
    char *in; /* begun frame or request */
    size_t in_length;
    char *out; /* what the socket did not take */
    size_t out_length;
};

struct group {
    UT_hash_handle hh;
    char name[NAME_BYTES];
    struct client *clients;
};

static struct group *groups;
static int loop;
static const char *fault = "";
static unsigned long deliveries;

static void *
checked(void *p)
{
    if (p == NULL) {
        perror("bare");
        exit(1);
    }
    return p;
}

static void
drop_client(struct client *c)
{
    if (c->group != NULL) {
        DL_DELETE(c->group->clients, c);
    }
    close(c->fd);
    free(c->in);
    free(c->out);
    free(c);
}

static void
watch(struct client *c, int op, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = c};

    epoll_ctl(loop, op, c->fd, &e);
}

/* ---- out ---- */

static void
keep(struct client *c, const char *bytes, size_t length)
{
    if (c->out_length == 0) {
        watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    }
    c->out = checked(realloc(c->out, c->out_length + length));
    memcpy(c->out + c->out_length, bytes, length);
    c->out_length += length;
}

static void
write_to(struct client *c, const char *bytes, size_t length)
{
    ssize_t n = 0;

    if (c->out_length == 0) {
        n = send(c->fd, bytes, length, MSG_NOSIGNAL);
        if (n < 0) {
            n = errno == EAGAIN ? 0 : (ssize_t)length; /* a broken one is noticed by reading */
        }
    }
    if ((size_t)n < length) {
        keep(c, bytes + n, length - (size_t)n);
    }
}

static void
write_rest(struct client *c)
{
    ssize_t n = send(c->fd, c->out, c->out_length, MSG_NOSIGNAL);

    if (n <= 0) {
        return;
    }
    c->out_length -= (size_t)n;
    memmove(c->out, c->out + n, c->out_length);
    if (c->out_length == 0) {
        free(c->out);
        c->out = NULL;
        watch(c, EPOLL_CTL_MOD, EPOLLIN);
    }
}

/* True: this delivery has been done wrongly. */
static bool
spoil(struct client *c, const char *bytes, size_t length)
{
    static struct client *kept_for;
    static char kept[READ_BYTES];
    static size_t kept_length;

    if (kept_for == c) { /* the one behind it goes first */
        write_to(c, bytes, length);
        write_to(c, kept, kept_length);
        kept_for = NULL;
        return true;
    }
    if (fault[0] == '\0' || ++deliveries % FAULT_EVERY != 0) {
        return false;
    }
    if (strcmp(fault, "double") == 0) {
        write_to(c, bytes, length);
        return false;
    }
    if (strcmp(fault, "swap") == 0) {
        memcpy(kept, bytes, length);
        kept_length = length;
        kept_for = c;
    }
    return true;
}

static void
broadcast(struct group *g, const struct wire_frame *frame)
{
    static char bytes[READ_BYTES + WIRE_HEADER_MAX];
    size_t header = wire_header(bytes, WIRE_TEXT, frame->length);
    struct client *c;

    memcpy(bytes + header, frame->payload, frame->length);
    DL_FOREACH (g->clients, c) {
        if (!spoil(c, bytes, header + frame->length)) {
            write_to(c, bytes, header + frame->length);
        }
    }
}

/* ---- in ---- */

static struct group *
group_of(const char *request)
{
    char name[NAME_BYTES] = "";
    struct group *g;

    if (sscanf(request, "GET /group/chat/%63[^/]", name) != 1) {
        return NULL;
    }
    HASH_FIND_STR(groups, name, g);
    if (g == NULL) {
        g = checked(calloc(1, sizeof(*g)));
        memcpy(g->name, name, sizeof(name));
        HASH_ADD_STR(groups, name, g);
    }
    return g;
}

/* Returns how many bytes are done with, or -1 to hang up. */
static ssize_t
take_request(struct client *c, char *at, size_t length)
{
    char accept[WIRE_ACCEPT_SIZE], reply[256];
    char *end = memmem(at, length, "\r\n\r\n", 4), *key;
    struct group *g;
    int n;

    if (end == NULL) {
        return length < 8192 ? 0 : -1;
    }
    *end = '\0';
    key = strcasestr(at, "\r\nsec-websocket-key: ");
    g = group_of(at);
    if (key == NULL || end - key < 21 + 24 || g == NULL) {
        return -1;
    }
    wire_accept(accept, key + 21);
    n = snprintf(reply, sizeof(reply),
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Accept: %s\r\n\r\n",
                 accept);
    c->group = g;
    DL_APPEND(g->clients, c);
    write_to(c, reply, (size_t)n);
    return end + 4 - at;
}

static ssize_t
take_frame(struct client *c, char *at, size_t length)
{
    struct wire_frame frame;
    int got = wire_read(at, length, &frame);

    if (got <= 0) {
        return got;
    }
    if (frame.opcode == WIRE_CLOSE || frame.length > READ_BYTES) {
        return -1;
    }
    if (frame.opcode == WIRE_TEXT) {
        broadcast(c->group, &frame);
    }
    return (ssize_t)frame.size;
}

static void
read_from(struct client *c)
{
    static char buffer[2 * READ_BYTES];
    size_t have = c->in_length, done = 0;
    ssize_t n;

    memcpy(buffer, have > 0 ? c->in : "", have);
    n = recv(c->fd, buffer + have, READ_BYTES, 0);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) {
            drop_client(c);
        }
        return;
    }
    have += (size_t)n;
    do {
        n = c->group == NULL ? take_request(c, buffer + done, have - done)
                             : take_frame(c, buffer + done, have - done);
        done += n > 0 ? (size_t)n : 0;
    } while (n > 0 && done < have);
    if (n < 0 || have - done > READ_BYTES) {
        drop_client(c);
        return;
    }
    c->in_length = have - done;
    c->in = c->in_length > 0 ? checked(realloc(c->in, c->in_length)) : c->in;
    memcpy(c->in != NULL ? c->in : buffer, buffer + done, c->in_length);
}

static void
accept_all(int listener)
{
    int fd, on = 1;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct client *c = checked(calloc(1, sizeof(*c)));

        c->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        watch(c, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static int
listen_on(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, BACKLOG) != 0) {
        perror("bare: listen");
        exit(1);
    }
    return fd;
}

int
main(int argc, char **argv)
{
    struct epoll_event events[EVENTS], e = {.events = EPOLLIN, .data.ptr = NULL};
    struct rlimit limit;
    int listener;

    if (argc < 2) {
        fprintf(stderr, "usage: bare PORT [drop|double|swap]\n");
        return 2;
    }
    fault = argc > 2 ? argv[2] : "";
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    listener = listen_on(atoi(argv[1]));
    loop = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &e);
    for (;;) {
        int n = epoll_wait(loop, events, EVENTS, -1);

        for (int i = 0; i < n; i++) {
            struct client *c = events[i].data.ptr;

            if (c == NULL) {
                accept_all(listener);
                continue;
            }
            if ((events[i].events & EPOLLOUT) != 0) {
                write_rest(c);
            }
            if ((events[i].events & ~(uint32_t)EPOLLOUT) != 0) {
                read_from(c);
            }
        }
    }
}
