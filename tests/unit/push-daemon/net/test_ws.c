/* test_ws.c - the WebSocket server, on the real loop, with raw clients. */
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
#include "push-daemon/net/http_head.h"
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

static void
note(char what)
{
    size_t have = strlen(s.log);

    assert_in_range(have, 0, sizeof(s.log) - 2);
    s.log[have] = what;
}

static void
describe(const struct ws_request *r, char *out, size_t size)
{
    char client[ADDRESS_TEXT_SIZE];

    address_print(&r->client, client);
    snprintf(out, size, "%d group=%.*s user=%.*s token=%.*s origin=%.*s client=%s proxy=%d",
             (int)r->route.kind, (int)r->route.group.len, r->route.group.p, (int)r->route.user.len,
             r->route.user.p, (int)r->route.token.len, r->route.token.p, (int)r->origin.len,
             r->origin.p, client, r->is_proxy);
}

static int
on_request(struct admission *admission, const struct ws_request *request)
{
    assert_ptr_equal(admission, &s);
    describe(request, s.asked, sizeof(s.asked));
    return s.refuse_with;
}

static struct session *
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

static void
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

static void
on_frame(struct session *client)
{
    assert_ptr_equal(client, &s);
    note('a');
}

static void
on_writable(struct session *client)
{
    assert_ptr_equal(client, &s);
    note('w');
}

static void
on_violation(struct session *client, enum close_reason reason)
{
    assert_ptr_equal(client, &s);
    note(reason == CLOSE_PROTOCOL_ERROR ? 'v' : 'u');
}

static bool
on_leaving(struct session *client)
{
    assert_ptr_equal(client, &s);
    note('l');
    return s.leaves;
}

static void
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
static int
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

static int
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

static int
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

static int
connect_one(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    at.sin_port = htons((uint16_t)s.port);
    (void)connect(fd, (struct sockaddr *)&at, sizeof(at));
    return fd;
}

static void
say(int fd, const char *bytes, size_t length)
{
    struct pollfd ready = {fd, POLLOUT, 0};

    assert_int_equal(poll(&ready, 1, 1000), 1);
    assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

/* Turns the loop until so many bytes have come to the client, or its end. Returns how many came. */
static size_t
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
static void
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
static void
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
static const char *
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

static void
open_one(void)
{
    const char *answer = ask(LIST UPGRADE "\r\n");

    assert_int_equal(strncmp(answer, "HTTP/1.1 101 ", 13), 0);
    assert_log("o");
}

/* A frame with a mask of zero, which leaves the payload as it is. */
static void
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

/* ---- handshakes ---- */

static void
a_good_handshake_is_accepted(void **state)
{
    const char *answer = ask("GET /group/chat/g%20h/u/t?x=1 HTTP/1.1\r\n" UPGRADE
                             "Origin: http://a.example\r\nX-Forwarded-For: 1.1.1.1, 192.0.2.9\r\n"
                             "\r\n");

    (void)state;
    assert_int_equal(strncmp(answer, "HTTP/1.1 101 ", 13), 0);
    /* RFC 6455, section 1.3 */
    assert_non_null(
        strcasestr(answer, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    assert_log("o");
    assert_string_equal(s.asked, "0 group=g h user=u token=t origin=http://a.example "
                                 "client=192.0.2.9 proxy=0");
}

static void
a_list_has_no_group(void **state)
{
    (void)state;
    open_one();
    assert_string_equal(s.asked, "1 group= user=u token=t origin= client=127.0.0.1 proxy=1");
}

static void
another_request_is_refused(void **state)
{
    static const struct {
        const char *request;
        int status;
    } cases[] = {
        {"GET /nowhere HTTP/1.1\r\n" UPGRADE "\r\n", 404},
        {"GET /group/list/u HTTP/1.1\r\n" UPGRADE "\r\n", 404},
        {"GET /group/list/u%0A/t HTTP/1.1\r\n" UPGRADE "\r\n", 400},
        {"POST /group/list/u/t HTTP/1.1\r\n" UPGRADE "Content-Length: 0\r\n\r\n", 405},
        {"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 405},
        {LIST "Host: x\r\n\r\n", 426},
        {"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404},
        {LIST "Host: x\r\nUpgrade: websocket\r\nConnection: close\r\n" KEY
              "Sec-WebSocket-Version: 13\r\n\r\n",
         426},
        {LIST "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" KEY
              "Sec-WebSocket-Version: 8\r\n\r\n",
         426},
        {LIST "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n"
              "Sec-WebSocket-Version: 13\r\n\r\n",
         400},
        {LIST "Host: x\r\nUpgrade: foo\r\nConnection: Upgrade\r\n" KEY
              "Sec-WebSocket-Version: 13\r\n\r\n",
         426},
        {"GET /group/list/u/%zz HTTP/1.1\r\n" UPGRADE "\r\n", 400},
        {"no request\r\n", 400},
        {LIST UPGRADE "X: y\n\r\n", 400},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *answer = ask(cases[i].request);
        char body[200] = "";

        assert_int_equal(atoi(answer + 9), cases[i].status);
        assert_in_range(hear(s.client, body, sizeof(body)), 10, 150); /* then it hangs up */
        assert_int_equal(body[strlen(body) - 1], '\n');
        assert_string_equal(s.asked, "");
    }
    assert_log("");
}

static void
the_handler_may_refuse(void **state)
{
    (void)state;
    s.refuse_with = 429;
    assert_int_equal(atoi(ask(LIST UPGRADE "\r\n") + 9), 429);
    assert_string_not_equal(s.asked, "");
    assert_log("");
}

/* The first line of its body says why, the log too, once for each cause. */
static void
a_refusal_says_why(void **state)
{
    char in[200] = "";

    (void)state;
    assert_non_null(ask("GET /group/list/u/%zz HTTP/1.1\r\n" UPGRADE "\r\n"));
    assert_true(hear(s.client, in, sizeof(in) - 1) > 10);
    assert_string_equal(in, "the token in the path is not 1 to 128 bytes of text\n");
    (void)ask("GET /group/list/u/%zz HTTP/1.1\r\n" UPGRADE "\r\n");
    assert_int_equal(s.metrics.refusals[0], 2);
}

/* One byte at a time, and the first frame in the segment of its end. */
static void
a_head_may_come_in_any_pieces(void **state)
{
    static const char request[] = LIST UPGRADE "Cookie: ";
    static char large[HTTP_HEAD_MAX + 1];
    char in[400] = "";
    size_t length = sizeof(large) - 1 - sizeof(request) + 1 - 4;

    (void)state;
    s.client = connect_one();
    for (size_t i = 0; i < sizeof(request) - 1; i++) {
        say(s.client, request + i, 1);
        loop_turn(s.loop);
    }
    memset(large, 'x', length);
    memcpy(large + length, "\r\n\r\n\x81\x82\0\0\0\0hi", 12);
    say(s.client, large, length);
    loop_turn(s.loop);
    say(s.client, large + length, 12);
    assert_pieces("<hi>");
    assert_true(hear(s.client, in, 100) == 100 && strncmp(in, "HTTP/1.1 101 ", 13) == 0);
}

static void
a_head_has_an_end(void **state)
{
    static char large[HTTP_HEAD_MAX + 100];
    char in[400] = "";

    (void)state;
    memset(large, 'x', sizeof(large));
    memcpy(large, LIST "X: ", sizeof(LIST "X: ") - 1);
    s.client = connect_one();
    say(s.client, large, sizeof(large));
    assert_true(hear(s.client, in, sizeof(in)) > 20);
    assert_int_equal(atoi(in + 9), 431);
}

static void
it_answers_503_if_all_sockets_are_taken(void **state)
{
    int fds[SOCKETS + 1];
    char in[64] = "";

    (void)state;
    for (int i = 0; i < SOCKETS; i++) {
        open_one();
        fds[i] = s.client;
        s.client = -1;
    }
    fds[SOCKETS] = connect_one();
    assert_true(hear(fds[SOCKETS], in, 30) > 12);
    assert_int_equal(atoi(in + 9), 503);
    for (int i = 0; i <= SOCKETS; i++) {
        close(fds[i]);
    }
    for (int i = 0; i < 20; i++) {
        loop_turn(s.loop);
    }
    memset(s.log, 0, sizeof(s.log));
    open_one(); /* there is room again */
}

/* The oldest of those that have asked for nothing yet makes room. */
static void
a_silent_socket_keeps_nobody_out(void **state)
{
    int fds[SOCKETS];
    char x;

    (void)state;
    for (int i = 0; i < SOCKETS; i++) {
        fds[i] = connect_one();
        for (int turn = 0; turn < 10; turn++) {
            loop_turn(s.loop);
        }
        assert_int_equal(s.metrics.handshakes_waiting, i + 1);
    }
    open_one();
    assert_int_equal(s.metrics.handshakes_waiting, SOCKETS - 1);
    assert_int_equal(s.metrics.handshakes_cut, 1);
    assert_int_equal(hear(fds[0], &x, 1), 0);
    assert_int_equal(recv(fds[1], &x, 1, 0), -1);
    for (int i = 0; i < SOCKETS; i++) {
        close(fds[i]);
    }
    for (int turn = 0; turn < 20; turn++) {
        loop_turn(s.loop);
    }
    assert_int_equal(s.metrics.handshakes_waiting, 0);
    assert_int_equal(s.metrics.handshakes_cut, 1);
}

/* ---- messages ---- */

static void
a_message_comes_in_pieces(void **state)
{
    char big[2000], wanted[2003];

    (void)state;
    memset(big, 'x', sizeof(big));
    snprintf(wanted, sizeof(wanted), "<%.*s>", (int)sizeof(big), big);
    open_one();
    say_frame(0x81, "hi", 2);
    assert_pieces("<hi>");
    assert_log("a");
    say_frame(0x01, "one ", 4); /* a fragment, and after a ping the last one */
    say_frame(0x89, "", 0);
    say_frame(0x80, "two", 3);
    say_frame(0x82, "\x01", 1);
    assert_pieces("<one two><b\x01>");
    say_frame(0x81, big, sizeof(big)); /* it is read in several turns */
    assert_pieces(wanted);
}

static void
frames_go_out_as_they_are(void **state)
{
    char in[16] = "";

    (void)state;
    open_one();
    assert_true(ws_write(s.ws, str_of("\x81\x02hi\x81\x01!")));
    assert_int_equal(hear(s.client, in, 7), 7);
    assert_bytes(str_make(in, 7), str_of("\x81\x02hi\x81\x01!"));
    assert_log("");
}

/* RFC 6455, section 5.5.3: of several pings that are read together the newest is answered. */
static void
the_newest_ping_is_answered(void **state)
{
    char in[16] = "", pings[16];
    struct str two = BYTES("\x89\x81\0\0\0\0a\x89\x81\0\0\0\0b");

    (void)state;
    memcpy(pings, two.p, two.len);
    open_one();
    say(s.client, pings, two.len);
    assert_int_equal(hear(s.client, in, 3), 3);
    assert_bytes(str_make(in, 3), BYTES("\x8a\x01"
                                        "b"));
    assert_log("aa");
}

static void
writable_is_reported_if_it_is_wanted(void **state)
{
    (void)state;
    open_one();
    loop_turn(s.loop);
    assert_log("");
    ws_want_writable(s.ws);
    assert_log("w");
}

static void
a_ping_is_answered_and_a_pong_is_a_sign_of_life(void **state)
{
    char in[16] = "";

    (void)state;
    open_one();
    assert_true(ws_ping(s.ws));
    assert_int_equal(hear(s.client, in, 3), 3);
    assert_bytes(str_make(in, 3), BYTES("\x89\x01."));
    say_frame(0x8a, ".", 1);
    assert_log("a");
    say_frame(0x89, "?", 1);
    assert_int_equal(hear(s.client, in, 3), 3);
    assert_bytes(str_make(in, 3), BYTES("\x8a\x01?"));
}

/* ---- a client that reads slowly ---- */

static char big[8 << 20], got[sizeof(big)];

static void
fill_big(void)
{
    for (size_t i = 0; i < sizeof(big); i++) {
        big[i] = (char)(i * 7 + (i >> 8));
    }
}

/* Writes big from *at on, as one frame, as far as the socket takes it. */
static void
write_big(size_t *at)
{
    size_t left, taken;

    while ((left = sizeof(big) - *at) > 0 &&
           (taken = ws_write(
                s.ws, str_make(big + *at, left < WS_WRITE_BYTES ? left : WS_WRITE_BYTES))) > 0) {
        *at += taken;
    }
}

/* The rest of the frame that the kernel does not take whole is kept, and nothing goes before it. */
static void
more_than_the_socket_takes_is_kept(void **state)
{
    enum {
        FRAME = 4 + 1000
    };
    size_t written = 0, taken;

    (void)state;
    for (size_t at = 0; at + FRAME <= sizeof(big); at += FRAME) {
        memset(big + at, 'a' + (int)(at % 26), FRAME);
        memcpy(big + at, "\x81\x7e\x03\xe8", 4);
    }
    open_one();
    do {
        taken = ws_write(s.ws, str_make(big + written, 65 * FRAME));
        written += taken;
        assert_in_range(written, 1, sizeof(big) - 65 * FRAME);
    } while (taken == 65 * FRAME);
    ws_keep(s.ws, str_make(big + written, FRAME - written % FRAME));
    written += FRAME - written % FRAME;
    assert_int_equal(ws_write(s.ws, str_make(big + written, FRAME)), 0);
    assert_false(ws_ping(s.ws));
    ws_want_writable(s.ws);
    assert_int_equal(hear(s.client, got, written), written);
    assert_memory_equal(got, big, written);
    assert_log("w");
    assert_int_equal(ws_write(s.ws, str_of("\x81\x01y")), 3);
    assert_int_equal(hear(s.client, got, 3), 3);
    assert_bytes(str_make(got, 3), str_of("\x81\x01y"));
}

/* Turns the loop until on_writable is told, for two seconds at most. */
static bool
is_writable(void)
{
    for (int i = 0; i < 2000 && strchr(s.log, 'w') == NULL; i++) {
        loop_turn(s.loop);
        if (i >= 20) {
            usleep(1000);
        }
    }
    return strchr(s.log, 'w') != NULL;
}

/* Adds up to `most` bytes that have come to the client. */
static void
hear_some(size_t *have, size_t most)
{
    size_t room = sizeof(got) - *have;
    ssize_t n = recv(s.client, got + *have, most < room ? most : room, 0);

    *have += n > 0 ? (size_t)n : 0;
}

/* In pieces, the reading being stopped: the pong to a ping that came before is the first thing out,
 * those to pings that come meanwhile are the last. */
static void
no_pong_falls_between_the_pieces_of_a_frame(void **state)
{
    size_t at = 0, have = 0, pings = 0;

    (void)state;
    fill_big();
    open_one();
    say_frame(0x89, "0", 1);
    for (int i = 0; i < 3; i++) {
        usleep(1000);
        loop_turn(s.loop); /* it is read, and may or may not be answered by now */
    }
    ws_pause(s.ws, true);
    ws_want_writable(s.ws);
    while (at < sizeof(big)) {
        assert_true(is_writable());
        memset(s.log, 0, sizeof(s.log));
        write_big(&at);
        ws_want_writable(s.ws);
        for (int i = 0; i < 8; i++) {
            if (pings < 9) {
                say_frame(0x89, &"123456789"[pings++], 1);
            }
            hear_some(&have, 30000);
            loop_turn(s.loop);
        }
        for (size_t before = have + 1; before != have;) { /* until the server is to write again */
            before = have;
            hear_some(&have, 1 << 18);
        }
    }
    while (have < sizeof(big) && hear(s.client, got + have, sizeof(got) - have > 3 ? 3 : 1) > 0) {
        have += sizeof(got) - have > 3 ? 3 : 1;
        hear_some(&have, 1 << 18);
    }
    assert_memory_equal(got, "\x8a\x01\x30", 3);
    assert_memory_equal(got + 3, big, have - 3);
    ws_pause(s.ws, false);
    assert_int_equal(hear(s.client, got, 3 + 3), 6); /* the end of big, and the first pong */
    assert_memory_equal(got, big + sizeof(big) - 3, 3);
    assert_int_equal((unsigned char)got[3], 0x8a);
}

/* A client that takes nothing is told from one that takes little, whatever either of them says. */
static void
what_the_peer_takes_is_known(void **state)
{
    struct ws_progress first, second;
    size_t at = 0, have = 0;

    (void)state;
    fill_big();
    open_one();
    assert_false(ws_progress(s.ws).waits);
    write_big(&at);
    usleep(50000);
    first = ws_progress(s.ws);
    assert_true(first.waits);
    assert_in_range(first.acked, 1, sizeof(big) - 1);
    say_frame(0x89, "?", 1);
    for (int i = 0; i < 20; i++) {
        loop_turn(s.loop);
        usleep(1000);
    }
    second = ws_progress(s.ws);
    assert_true(second.waits);
    assert_int_equal(second.acked, first.acked);
    for (int i = 0; i < 100; i++) {
        hear_some(&have, 65536);
        usleep(100);
    }
    loop_turn(s.loop);
    assert_true(ws_progress(s.ws).acked > second.acked);
}

/* It stops between two frames of what was read together, and goes on there. */
static void
paused_within_it_stops_within(void **state)
{
    struct str three = BYTES("\x81\x81\0\0\0\0a\x81\x81\0\0\0\0b\x81\x81\0\0\0\0c");

    (void)state;
    open_one();
    s.pauses_at_piece = true;
    say(s.client, three.p, three.len);
    assert_pieces("<a>");
    for (int i = 0; i < 5; i++) {
        loop_turn(s.loop);
    }
    assert_int_equal(s.pieces.len, 0);
    ws_pause(s.ws, false);
    assert_pieces("<b>");
    s.pauses_at_piece = false;
    ws_pause(s.ws, false);
    assert_pieces("<c>");
}

static void
paused_it_reads_nothing(void **state)
{
    (void)state;
    open_one();
    ws_pause(s.ws, true);
    say_frame(0x81, "hi", 2);
    for (int i = 0; i < 5; i++) {
        usleep(500);
        loop_turn(s.loop);
    }
    assert_log("");
    ws_pause(s.ws, false);
    assert_pieces("<hi>");
    assert_log("a");
}

/* ---- the end ---- */

static void
a_client_may_hang_up(void **state)
{
    (void)state;
    open_one();
    close(s.client);
    s.client = -1;
    assert_log("c");
}

/* What it said before is taken. */
static void
a_client_may_be_reset(void **state)
{
    struct linger now = {1, 0};

    (void)state;
    open_one();
    loop_turn(s.loop);
    say_frame(0x81, "hi", 2);
    assert_int_equal(setsockopt(s.client, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
    close(s.client);
    s.client = -1;
    for (int i = 0; i < 200 && strcmp(s.log, "ac") != 0 && strcmp(s.log, "c") != 0; i++) {
        loop_turn(s.loop);
        usleep(1000);
    }
    assert_string_equal(s.log + strlen(s.log) - 1, "c");
}

static void
a_killed_one_is_closed_later(void **state)
{
    char x;

    (void)state;
    open_one();
    ws_kill(s.ws);
    assert_true(ws_write(s.ws, str_of("\x81\x01x"))); /* it broke: nothing is kept for it */
    assert_true(ws_write(s.ws, str_of("\x81\x01x")));
    assert_string_equal(s.log, "");
    assert_log("c");
    assert_int_equal(hear(s.client, &x, 1), 0);
}

/* The answer, then the end of what the server sends. What comes after a close frame is nothing. */
static void
a_close_frame_is_answered(void **state)
{
    static const char *const rows[][2] = {
        {"", "\x03\xe8"}, /* as fast-im does */
        {"\x03\xe8", "\x03\xe8"},
        {"\x03\xf3"
         "bye",
         "\x03\xf3"},
        {"\x03\xf6", "\x03\xf6"}, /* 1014 */
        {"\x0f\xa0", "\x0f\xa0"}, /* 4000 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char in[16] = "";

        open_one();
        say_frame(0x88, rows[i][0], strlen(rows[i][0]));
        say_frame(0x81, "x", 1);
        assert_int_equal(hear(s.client, in, 5), 4);
        assert_bytes(str_make(in, 4),
                     ((struct str){(char[]){'\x88', 2, rows[i][1][0], rows[i][1][1]}, 4}));
        assert_log("l");
        shutdown(s.client, SHUT_WR);
        assert_log("c");
        assert_int_equal(s.pieces.len, 0);
    }
}

static void
a_close_frame_against_the_rules_is_a_violation(void **state)
{
    static const char *const rows[][2] = {
        {"\x03", "v"},             /* half a code */
        {"\x03\xe7", "v"},         /* 999 */
        {"\x03\xec", "v"},         /* 1004 */
        {"\x03\xed", "v"},         /* 1005 */
        {"\x03\xf7", "v"},         /* 1015 */
        {"\x07\xd0", "v"},         /* 2000 */
        {"\x13\x88", "v"},         /* 5000 */
        {"\x03\xe8\xc3\x28", "u"}, /* a reason that is no UTF-8 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        open_one();
        say_frame(0x88, rows[i][0], strlen(rows[i][0]));
        assert_log(rows[i][1]);
        close(s.client);
        s.client = -1;
        assert_log("c");
    }
}

static void
a_close_frame_that_answers_ours_is_the_end(void **state)
{
    char in[16] = "";

    (void)state;
    s.leaves = true;
    open_one();
    assert_true(ws_write(s.ws, BYTES("\x88\x02\x03\xe9")));
    say_frame(0x88, "\x03\xe9", 2);
    assert_int_equal(hear(s.client, in, 8), 4); /* one close frame, and no more */
    assert_log("lc");
}

static void
what_comes_after_a_violation_is_not_looked_at(void **state)
{
    char x;

    (void)state;
    open_one();
    say_frame(0x83, "hi", 2); /* an opcode that is reserved */
    say_frame(0x81, "hi", 2); /* has no meaning any more */
    assert_log("v");
    loop_turn(s.loop);
    assert_int_equal(s.pieces.len, 0);
    assert_int_equal(hear(s.client, &x, 1), 0); /* the server has said what there was to say */
    shutdown(s.client, SHUT_WR);
    assert_log("c");
}

static void
destroying_the_server_closes_what_is_open(void **state)
{
    char x;

    (void)state;
    open_one();
    ws_server_destroy(s.server);
    s.server = NULL;
    assert_string_equal(s.log, "c");
    assert_int_equal(hear(s.client, &x, 1), 0);
}

static void
it_can_stop_listening_and_go_on(void **state)
{
    int fd, error = 0;
    socklen_t length = sizeof(error);

    (void)state;
    open_one();
    ws_server_stop_listening(s.server);
    fd = connect_one();
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
    close(fd);
    say_frame(0x81, "hi", 2);
    assert_log("a");
}

static void
an_address_in_use_is_no_server(void **state)
{
    (void)state;
    assert_null(ws_server_create(&s.env, &handlers));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_good_handshake_is_accepted),
        TEST(a_list_has_no_group),
        TEST(another_request_is_refused),
        TEST(the_handler_may_refuse),
        TEST(a_refusal_says_why),
        TEST(a_head_may_come_in_any_pieces),
        TEST(a_head_has_an_end),
        TEST(it_answers_503_if_all_sockets_are_taken),
        TEST(a_silent_socket_keeps_nobody_out),
        TEST(a_message_comes_in_pieces),
        TEST(frames_go_out_as_they_are),
        TEST(the_newest_ping_is_answered),
        TEST(writable_is_reported_if_it_is_wanted),
        TEST(a_ping_is_answered_and_a_pong_is_a_sign_of_life),
        TEST(more_than_the_socket_takes_is_kept),
        TEST(no_pong_falls_between_the_pieces_of_a_frame),
        TEST(what_the_peer_takes_is_known),
        TEST(paused_within_it_stops_within),
        TEST(paused_it_reads_nothing),
        TEST(a_client_may_hang_up),
        TEST(a_client_may_be_reset),
        TEST(a_killed_one_is_closed_later),
        TEST(a_close_frame_is_answered),
        TEST(a_close_frame_against_the_rules_is_a_violation),
        TEST(a_close_frame_that_answers_ours_is_the_end),
        TEST(what_comes_after_a_violation_is_not_looked_at),
        TEST(destroying_the_server_closes_what_is_open),
        TEST(it_can_stop_listening_and_go_on),
        TEST(an_address_in_use_is_no_server),
    };

    return cmocka_run_group_tests_name("ws", tests, NULL, NULL);
}
