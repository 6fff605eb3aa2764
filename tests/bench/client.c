/* client.c - the generator's connections: opened, read, and what they read checked. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/load.h"
#include "tests/bench/stamp.h"
#include "tests/bench/wire.h"

enum {
    READ_BYTES = 256 << 10,
    REST_MAX = 1 << 20,
    EVENTS = 512,
    PER_ADDRESS =
        4000 /* connections from one address: it has 28,000 ports, and some may still wait */
};

static struct client *all;
static unsigned count, begun, opening, live, process_number;
static int loop;

/* ---- opening ---- */

static struct client *
add(enum client_kind kind, unsigned number)
{
    struct client *c = &all[count++];

    c->fd = -1;
    c->kind = (unsigned char)kind;
    c->number = number;
    return c;
}

static void
add_chat(unsigned number)
{
    struct client *c = add(CLIENT_CHAT, number);
    unsigned place = number / options->groups;

    c->group = &groups[number % options->groups];
    c->group->members++;
    c->expected = checked(calloc(options->senders, sizeof(*c->expected)));
    if (place < options->senders) {
        c->group->senders[place] = c;
    }
    if (options->v2) {
        v2_create(c);
    }
}

void
clients_create(unsigned process)
{
    unsigned most = options->clients + options->lists + options->idle;

    process_number = process;
    loop = epoll_create1(EPOLL_CLOEXEC);
    all = checked(calloc(most + 1, sizeof(*all)));
    for (unsigned i = 0; process == 0 && i < options->clients; i++) {
        add_chat(i);
    }
    for (unsigned i = 0; process == 0 && i < options->lists; i++) {
        add(CLIENT_LIST, i);
    }
    for (unsigned i = 0; i < options->idle; i++) {
        unsigned share = (most + options->processes - 1) / options->processes;

        if ((options->clients + options->lists + i) / share == process) {
            add(CLIENT_IDLE, i);
        }
    }
}

unsigned
clients_count(void)
{
    return count;
}

unsigned
clients_live(void)
{
    return live;
}

unsigned
clients_unlike(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < count && all[i].kind == CLIENT_CHAT; i++) {
        n += all[i].order != all[i].group->senders[0]->order;
    }
    return n;
}

static void
watch(struct client *c, int op, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = c};

    if (epoll_ctl(loop, op, c->fd, &e) != 0) {
        fail("epoll_ctl: %s", strerror(errno));
    }
}

static bool
is_sender(const struct client *c)
{
    return c->kind == CLIENT_CHAT && c->number / options->groups < options->senders;
}

void
client_open(struct client *c)
{
    unsigned port = options->other != 0 && is_sender(c) ? options->other : (unsigned)options->port;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in from = {.sin_family = AF_INET};
    unsigned nth = (unsigned)(c - all);
    int on = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + process_number * 64 + nth / PER_ADDRESS);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) {
        fail("socket: %s", strerror(errno));
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    if (bind(c->fd, (struct sockaddr *)&from, sizeof(from)) != 0) {
        fail("bind: %s", strerror(errno));
    }
    c->began_ns = now_ns();
    if (connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0 && errno != EINPROGRESS) {
        fail("connect: %s", strerror(errno));
    }
    c->state = CLIENT_CONNECTING;
    opening++;
    watch(c, EPOLL_CTL_ADD, EPOLLOUT);
}

void
clients_open_more(void)
{
    while (begun < count && opening < options->opening) {
        client_open(&all[begun++]);
    }
}

static void
send_request(struct client *c)
{
    unsigned char random[16];
    char key[WIRE_KEY_SIZE], path[128], resume[64] = "", request[512];
    int length;

    for (unsigned i = 0; i < sizeof(random); i++) {
        random[i] = (unsigned char)(rand() >> 7);
    }
    EVP_EncodeBlock((unsigned char *)key, random, sizeof(random));
    wire_accept(c->accept, key);
    if (c->kind == CLIENT_LIST) {
        snprintf(path, sizeof(path), "/group/list/m%05u/x", c->number);
    } else if (c->kind == CLIENT_CHAT) {
        snprintf(path, sizeof(path), "/group/chat/g%05u/c%05u/x",
                 options->first_group + c->group->id, c->number);
    } else {
        snprintf(path, sizeof(path), "/group/chat/i%05u/i%05u/x", c->number % options->idle_groups,
                 c->number);
    }
    if (c->v2 != NULL && c->v2->epoch[0] != '\0') {
        snprintf(resume, sizeof(resume), "?resume=%s-%llu", c->v2->epoch,
                 (unsigned long long)c->v2->at);
    }
    length = snprintf(request, sizeof(request),
                      "GET %s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
                      "%sSec-WebSocket-Version: 13\r\n\r\n",
                      path, resume, options->port, key,
                      options->v2 ? "Sec-WebSocket-Protocol: fastim.v2\r\n" : "");
    c->state = CLIENT_HANDSHAKE;
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
    client_send(c, request, (unsigned)length);
}

void
client_join(struct client *c)
{
    c->state = CLIENT_LIVE;
    live++;
    shared->opened++; /* storm: each time */
}

/* Returns how many bytes are done with. */
static size_t
take_response(struct client *c, char *at, size_t length)
{
    char *end = memmem(at, length, "\r\n\r\n", 4), *accept;

    if (end == NULL) {
        return 0;
    }
    *end = '\0';
    accept = strcasestr(at, "\r\nsec-websocket-accept: ");
    if (strncmp(at, "HTTP/1.1 101 ", 13) != 0 || accept == NULL ||
        strncmp(accept + 24, c->accept, 28) != 0 ||
        (options->v2 && strcasestr(at, "\r\nsec-websocket-protocol: fastim.v2") == NULL)) {
        if (storm_take_loss(c)) {
            return 0;
        }
        fail("no handshake: %.200s", at);
    }
    hist_add(&tally->opening, now_ns() - c->began_ns);
    opening--;
    c->state = CLIENT_JOINING;
    if (!options->fastim) {
        client_join(c);
    }
    return (size_t)(end + 4 - at);
}

struct client *
client_connect_redis(void)
{
    struct client *c = checked(calloc(1, sizeof(*c)));
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->redis)};
    int on = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->kind = CLIENT_REDIS;
    c->state = CLIENT_LIVE;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
        ioctl(c->fd, FIONBIO, &on) != 0) {
        fail("Redis at port %u: %s", options->redis, strerror(errno));
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
    return c;
}

/* It may be opened again. */
void
client_close(struct client *c)
{
    live -= c->state == CLIENT_LIVE;
    opening -= c->state == CLIENT_CONNECTING || c->state == CLIENT_HANDSHAKE;
    c->rest_length = c->out_length = 0;
    close(c->fd);
    c->fd = -1;
}

/* ---- reading ---- */

static void
answer_ping(struct client *c, const struct wire_frame *f)
{
    static uint32_t mask = 0x51f15eed;
    char frame[WIRE_HEADER_MAX + 128];
    size_t header = wire_header_masked(frame, WIRE_PONG, f->length, mask);

    memcpy(frame + header, f->payload, f->length);
    wire_mask(frame + header, f->length, mask);
    client_send(c, frame, (unsigned)(header + f->length));
    tally->pings++;
}

static void
take_frame(struct client *c, const struct wire_frame *f, uint64_t now)
{
    if (f->opcode == WIRE_PING && f->length <= 125) {
        answer_ping(c, f);
    } else if (f->opcode == WIRE_CLOSE && storm_take_loss(c)) {
        return;
    } else if (f->opcode == WIRE_CLOSE) {
        fail("client %u was told to close: code %u", c->number,
             f->length < 2 ? 0 : (unsigned char)f->payload[0] << 8 | (unsigned char)f->payload[1]);
    } else if (f->opcode != WIRE_TEXT || !f->fin) {
        fail("a frame with opcode %u", f->opcode);
    } else if (options->v2 && c->kind != CLIENT_LIST) {
        v2_take(c, f, now);
    } else if (c->state == CLIENT_JOINING) {
        if (c->kind != CLIENT_LIST && memmem(f->payload, f->length, "],\"total\":", 10) == NULL) {
            fail("no first frame: %.*s", (int)(f->length < 200 ? f->length : 200), f->payload);
        }
        client_join(c);
    } else if (c->kind == CLIENT_LIST) {
        judge_list(c, f, now);
    } else if (c->kind == CLIENT_CHAT) {
        judge_message(c, f, now);
    } else {
        tally->strangers++;
    }
}

static size_t
take_frames(struct client *c, char *at, size_t length)
{
    uint64_t now = now_ns();
    struct wire_frame frame;
    size_t done = 0;
    int got;

    while ((got = wire_read(at + done, length - done, &frame)) > 0) {
        take_frame(c, &frame, now);
        done += frame.size;
    }
    if (got < 0) {
        fail("client %u: what came is no frame", c->number);
    }
    return done;
}

static void
keep_rest(struct client *c, const char *bytes, size_t length)
{
    if (length > REST_MAX) {
        fail("a frame is too long");
    }
    if (length > c->rest_size) {
        c->rest_size = (unsigned)length + 256;
        c->rest = checked(realloc(c->rest, c->rest_size));
    }
    if (length > 0) {
        memcpy(c->rest, bytes, length);
    }
    c->rest_length = (unsigned)length;
}

static void
read_from(struct client *c)
{
    static char buffer[REST_MAX + READ_BYTES];
    size_t have = c->rest_length, done = 0;
    ssize_t n;

    if (have > 0) {
        memcpy(buffer, c->rest, have);
    }
    n = recv(c->fd, buffer + have, READ_BYTES, 0);
    if (n < 0 && errno == EAGAIN) {
        return;
    }
    if (n <= 0 && storm_take_loss(c)) {
        return;
    }
    if (n <= 0) {
        fail("client %u lost its connection: %s", c->number, n == 0 ? "closed" : strerror(errno));
    }
    if (c->kind == CLIENT_REDIS) {
        if (memchr(buffer, '-', (size_t)n) != NULL) {
            fail("Redis says %.*s", (int)n, buffer);
        }
        return;
    }
    tally->bytes += measuring ? (uint64_t)n : 0;
    have += (size_t)n;
    if (c->state == CLIENT_HANDSHAKE) {
        done = take_response(c, buffer, have);
    }
    if (c->state >= CLIENT_JOINING && c->fd >= 0) {
        done += take_frames(c, buffer + done, have - done);
    }
    if (c->fd >= 0) {
        keep_rest(c, buffer + done, have - done);
    }
}

/* ---- writing ---- */

void
client_send(struct client *c, const char *bytes, unsigned length)
{
    ssize_t n = 0;

    if (c->out_length == 0) {
        n = send(c->fd, bytes, length, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) {
            if (storm_take_loss(c)) {
                return;
            }
            fail("send: %s", strerror(errno));
        }
        n = n < 0 ? 0 : n;
    }
    if ((unsigned)n == length) {
        return;
    }
    if (c->out_length == 0) {
        watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    }
    if (c->out_length + length > c->out_size) {
        c->out_size = c->out_length + length;
        c->out = checked(realloc(c->out, c->out_size));
    }
    memcpy(c->out + c->out_length, bytes + n, length - (unsigned)n);
    c->out_length += length - (unsigned)n;
}

static void
write_rest(struct client *c)
{
    ssize_t n = send(c->fd, c->out, c->out_length, MSG_NOSIGNAL);

    if (n < 0 && errno != EAGAIN && storm_take_loss(c)) {
        return;
    }
    if (n < 0 && errno != EAGAIN) {
        fail("send: %s", strerror(errno));
    }
    if (n <= 0) {
        return;
    }
    c->out_length -= (unsigned)n;
    memmove(c->out, c->out + n, c->out_length);
    if (c->out_length == 0) {
        watch(c, EPOLL_CTL_MOD, EPOLLIN);
        traffic_touch_all();
    }
}

static void
on_connected(struct client *c)
{
    int error = 0;
    socklen_t size = sizeof(error);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
        if (storm_take_loss(c)) {
            return;
        }
        fail("connect: %s", strerror(error));
    }
    send_request(c);
}

void
clients_turn(int timeout_ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(loop, events, EVENTS, timeout_ms);

    for (int i = 0; i < n; i++) {
        struct client *c = events[i].data.ptr;

        if (c->state == CLIENT_CONNECTING) {
            on_connected(c);
            continue;
        }
        if ((events[i].events & EPOLLOUT) != 0) {
            write_rest(c);
        }
        if (c->fd >= 0 && (events[i].events & ~(uint32_t)EPOLLOUT) != 0) {
            read_from(c);
        }
    }
}

/* Resets them: tens of thousands of ports would wait for a minute otherwise. */
void
clients_abort(void)
{
    struct linger now = {1, 0};

    for (unsigned i = 0; i < begun; i++) {
        if (all[i].fd >= 0) {
            setsockopt(all[i].fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
            close(all[i].fd);
        }
    }
}
