/* a_server.h - a WebSocket server on the real loop, with raw clients.
 *
 * There is room for SOCKETS connections. What its handlers see is noted in the scene. */
#ifndef TESTS_UNIT_PUSHD_NET_A_SERVER_H
#define TESTS_UNIT_PUSHD_NET_A_SERVER_H

#include "push-daemon/net/ws.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "push-daemon/core/fd_limit.h"
#include "push-daemon/core/env.h"
#include "push-daemon/net/server.h"
#include "push-daemon/net/ws_piece.h"
#include "push-daemon/net/ws_request.h"
#include "tests/unit/push-daemon/a_config.h"

/* ---- core/fd_limit.h: there is room for three ---- */

enum {
    SOCKETS = 3
};

size_t
fd_limit_raise(void)
{
    return SOCKETS;
}

size_t
fd_limit_connections(const struct config *config, size_t sockets)
{
    (void)config;
    return sockets;
}

/* ---- the scene ---- */

/* What the server's handlers have seen; also `client` for them, as one is enough. */
static struct scene {
    struct config config;
    struct env env;
    struct metrics metrics;
    struct loop *loop;
    struct ws_server *server;
    int port;
    int client; /* the client's socket; -1: none */

    int refuse_with;
    bool leaves; /* what on_leaving returns */
    bool pauses_at_piece;
    char log[64]; /* a letter for each thing that happened */
    char asked[200];
    struct ws *ws;
    struct text pieces;
} s;

static inline void
note(char what)
{
    size_t have = strlen(s.log);

    assert_in_range(have, 0, sizeof(s.log) - 2);
    s.log[have] = what;
}

static inline void
describe(const struct ws_request *r, char *out, size_t size)
{
    char client[ADDRESS_TEXT_SIZE];

    address_print(&r->client, client);
    snprintf(out, size, "%d group=%.*s user=%.*s token=%.*s origin=%.*s client=%s proxy=%d",
             (int)r->route.kind, (int)r->route.group.len, r->route.group.p, (int)r->route.user.len,
             r->route.user.p, (int)r->route.token.len, r->route.token.p, (int)r->origin.len,
             r->origin.p, client, r->is_proxy);
}

static inline int
on_request(struct admission *admission, const struct ws_request *request)
{
    assert_ptr_equal(admission, &s);
    describe(request, s.asked, sizeof(s.asked));
    return s.refuse_with;
}

static inline struct session *
on_open(void *ctx, struct ws *ws, const struct ws_request *request)
{
    char again[sizeof(s.asked)];

    assert_ptr_equal(ctx, &s);
    describe(request, again, sizeof(again));
    assert_string_equal(again, s.asked);
    s.ws = ws;
    note('o');
    return (struct session *)&s;
}

static inline void
on_piece(struct session *client, const struct ws_piece *piece)
{
    assert_ptr_equal(client, &s);
    text_add_str(&s.pieces, piece->first ? "<" : "");
    text_add_str(&s.pieces, piece->binary ? "b" : "");
    text_add(&s.pieces, piece->bytes.p, piece->bytes.len);
    text_add_str(&s.pieces, piece->last ? ">" : "");
    if (s.pauses_at_piece) {
        ws_pause(s.ws, true);
    }
}

static inline void
on_frame(struct session *client)
{
    assert_ptr_equal(client, &s);
    note('a');
}

static inline void
on_writable(struct session *client)
{
    assert_ptr_equal(client, &s);
    note('w');
}

static inline void
on_violation(struct session *client, enum close_reason reason)
{
    assert_ptr_equal(client, &s);
    note(reason == CLOSE_PROTOCOL_ERROR ? 'v' : 'u');
}

static inline bool
on_leaving(struct session *client)
{
    assert_ptr_equal(client, &s);
    note('l');
    return s.leaves;
}

static inline void
on_closed(struct session *client)
{
    assert_ptr_equal(client, &s);
    note('c');
}

static const struct ws_handlers handlers = {
    .admission = (struct admission *)&s,
    .on_request = on_request,
    .ctx = &s,
    .on_open = on_open,
    .on_piece = on_piece,
    .on_frame = on_frame,
    .on_writable = on_writable,
    .on_violation = on_violation,
    .on_leaving = on_leaving,
    .on_closed = on_closed,
};

/* A port that is free. */
static inline int
find_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &length), 0);
    close(fd);
    return ntohs(at.sin_port);
}

static inline int
set_up(void **state)
{
    char address[32];

    (void)state;
    memset(&s, 0, sizeof(s));
    s.client = -1;
    s.port = find_port();
    snprintf(address, sizeof(address), "127.0.0.1:%d", s.port);
    a_config_make(&s.config);
    a_config_set(&s.config, "push.listen", address);
    a_config_set(&s.config, "push.trustedProxies", "127.0.0.1");
    s.loop = loop_create();
    s.env = (struct env){.loop = s.loop, .config = &s.config, .metrics = &s.metrics, .workers = 1};
    s.server = ws_server_create(&s.env, &handlers);
    return s.server == NULL;
}

static inline int
tear_down(void **state)
{
    (void)state;
    ws_server_destroy(s.server);
    loop_destroy(s.loop);
    if (s.client >= 0) {
        close(s.client);
    }
    text_fini(&s.pieces);
    a_config_free(&s.config);
    return 0;
}

/* ---- the client ---- */

static inline int
connect_one(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    at.sin_port = htons((uint16_t)s.port);
    (void)connect(fd, (struct sockaddr *)&at, sizeof(at));
    return fd;
}

static inline void
say(int fd, const char *bytes, size_t length)
{
    struct pollfd ready = {fd, POLLOUT, 0};

    assert_int_equal(poll(&ready, 1, 1000), 1);
    assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

/* Turns the loop until so many bytes have come to the client, or its end. Returns how many came. */
static inline size_t
hear(int fd, char *in, size_t wanted)
{
    size_t have = 0;

    for (int i = 0; i < 2000 && have < wanted; i++) {
        struct pollfd ready = {fd, POLLIN, 0};
        ssize_t n;

        loop_turn(s.loop);
        if (poll(&ready, 1, i < 20 ? 0 : 1) == 0) {
            continue;
        }
        n = recv(fd, in + have, wanted - have, 0);
        if (n <= 0) {
            break;
        }
        have += (size_t)n;
    }
    return have;
}

/* Turns the loop until the log is this, for two seconds at most. */
static inline void
assert_log(const char *wanted)
{
    for (int i = 0; i < 2000 && strcmp(s.log, wanted) != 0; i++) {
        loop_turn(s.loop);
        if (i >= 20) {
            usleep(1000);
        }
    }
    assert_string_equal(s.log, wanted);
    memset(s.log, 0, sizeof(s.log));
}

/* The same for the pieces of messages. */
static inline void
assert_pieces(const char *wanted)
{
    for (int i = 0; i < 2000 && s.pieces.len < strlen(wanted); i++) {
        loop_turn(s.loop);
        if (i >= 20) {
            usleep(1000);
        }
    }
    assert_bytes(text_str(&s.pieces), str_of(wanted));
    text_clear(&s.pieces);
}

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define UPGRADE                                                                                    \
    "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" KEY "Sec-WebSocket-Version: 13\r\n"
#define LIST "GET /group/list/u/t HTTP/1.1\r\n"

/* A connection that asks this. Returns what is answered, up to the end of its head. */
static inline const char *
ask(const char *request)
{
    static char answer[1024];
    size_t have = 0;

    memset(answer, 0, sizeof(answer));
    if (s.client >= 0) {
        close(s.client);
    }
    s.client = connect_one();
    say(s.client, request, strlen(request));
    while (strstr(answer, "\r\n\r\n") == NULL && hear(s.client, answer + have, 1) == 1) {
        have++;
    }
    return answer;
}

static inline void
open_one(void)
{
    const char *answer = ask(LIST UPGRADE "\r\n");

    assert_int_equal(strncmp(answer, "HTTP/1.1 101 ", 13), 0);
    assert_log("o");
}

/* A frame with a mask of zero, which leaves the payload as it is. */
static inline void
say_frame(unsigned char first, const char *payload, size_t length)
{
    struct text frame;
    unsigned char head[8] = {first};
    size_t size = 2;

    if (length < 126) {
        head[1] = (unsigned char)(0x80 | length);
    } else {
        head[1] = 0x80 | 126;
        head[2] = (unsigned char)(length >> 8);
        head[3] = (unsigned char)length;
        size = 4;
    }
    text_init(&frame);
    text_add(&frame, head, size);
    text_add(&frame, "\0\0\0\0", 4);
    text_add(&frame, payload, length);
    say(s.client, frame.bytes, frame.len);
    text_fini(&frame);
}

#endif
