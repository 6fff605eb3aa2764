/* test_handshake.c - is this a WebSocket's opening handshake, and the answer that accepts it. */
#include "push-daemon/net/handshake.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="

static const char *const names[] = {"Host", "Upgrade", "Connection", "Sec-WebSocket-Version",
                                    "Sec-WebSocket-Key"};
static const char *const values[] = {"x", "websocket", "Upgrade", "13", KEY};

/* The status for a good handshake with one header of another value (NULL: left out), and another
 * header behind the rest. */
static int
check_with(const char *name, const char *value, const char *more)
{
    static char room[HTTP_HEAD_MAX];
    char bytes[1000] = "GET /x HTTP/1.1\r\n";
    struct http_head head = {0};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *says = name != NULL && strcmp(names[i], name) == 0 ? value : values[i];

        if (says != NULL) {
            size_t have = strlen(bytes);

            snprintf(bytes + have, sizeof(bytes) - have, "%s: %s\r\n", names[i], says);
        }
    }
    strcat(strcat(bytes, more), "\r\n");
    assert_int_equal(http_head_parse(&head, str_of(bytes)).status, 0);
    assert_true(head.length > 0);
    return handshake_check(&head, room).status;
}

static void
it_takes_what_the_rfc_wants(void **state)
{
    (void)state;
    assert_int_equal(check_with(NULL, NULL, ""), 0);
    assert_int_equal(check_with("Upgrade", "h2c, WebSocket", ""), 0);
    assert_int_equal(check_with("Connection", "keep-alive,\tupgrade ,x", ""), 0);
    assert_int_equal(check_with("Connection", "keep-alive", "Connection: Upgrade\r\n"), 0);
    assert_int_equal(check_with(NULL, NULL, "Content-Length: 0\r\n"), 0);
    assert_int_equal(check_with(NULL, NULL, "Sec-WebSocket-Protocol: a, b\r\n"), 0);
    assert_int_equal(check_with(NULL, NULL, "Sec-WebSocket-Extensions: permessage-deflate\r\n"), 0);
}

static void
it_refuses_the_rest(void **state)
{
    static const struct {
        const char *name, *value, *more;
        int status;
    } rows[] = {
        {"Host", NULL, "", 400},
        {"Upgrade", NULL, "", 426},
        {"Upgrade", "h2c", "", 426},
        {"Upgrade", "foo", "", 426},
        {"Connection", NULL, "", 426},
        {"Connection", "close", "", 426},
        {"Connection", "upgrades", "", 426},
        {"Connection", ",", "", 426},
        {"Connection", "upgrade x", "", 426},
        {"Sec-WebSocket-Version", NULL, "", 426},
        {"Sec-WebSocket-Version", "8", "", 426},
        {"Sec-WebSocket-Version", "013", "", 426},
        {"Sec-WebSocket-Version", "13", "Sec-WebSocket-Version: 13\r\n", 426},
        {"Sec-WebSocket-Key", NULL, "", 400},
        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=", "", 400},
        {"Sec-WebSocket-Key", KEY "=", "", 400},
        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQQQ", "", 400},
        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j!Q==", "", 400},
        {"Sec-WebSocket-Key", KEY, "Sec-WebSocket-Key: " KEY "\r\n", 400},
        {NULL, NULL, "Content-Length: 1\r\n", 400},
        {NULL, NULL, "Transfer-Encoding: chunked\r\n", 400},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(check_with(rows[i].name, rows[i].value, rows[i].more), rows[i].status);
    }
}

static void
http_1_0_has_no_websockets_but_streams(void **state)
{
    static char room[HTTP_HEAD_MAX];
    struct http_head old = {0}, new = {0}, body = {0};

    (void)state;
    assert_int_equal(http_head_parse(&old, BYTES("GET / HTTP/1.0\r\n\r\n")).status, 0);
    assert_int_equal(http_head_parse(&new, BYTES("GET / HTTP/1.1\r\n\r\n")).status, 0);
    assert_int_equal(
        http_head_parse(&body, BYTES("GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\n")).status, 0);
    assert_int_equal(handshake_check(&old, room).status, 426);
    assert_int_equal(handshake_check_stream(&old, room).status, 0);
    assert_int_equal(handshake_check_stream(&new, room).status, 400); /* there is no Host */
    assert_int_equal(handshake_check_stream(&body, room).status, 400);
}

static bool
offers(const char *fields)
{
    static char room[HTTP_HEAD_MAX];
    char bytes[1000];
    struct http_head head = {0};

    snprintf(bytes, sizeof(bytes), "GET /x HTTP/1.1\r\n%s\r\n", fields);
    assert_int_equal(http_head_parse(&head, str_of(bytes)).status, 0);
    return handshake_offers(&head, "fastim.v2", room);
}

static void
a_subprotocol_is_found_among_others(void **state)
{
#define OFFER "Sec-WebSocket-Protocol: "
    (void)state;
    assert_true(offers(OFFER "fastim.v2\r\n"));
    assert_true(offers(OFFER "mqtt,fastim.v2\r\n"));
    assert_true(offers(OFFER "fastim.v2 , mqtt\r\n"));
    assert_true(offers(OFFER "mqtt\r\n" OFFER "fastim.v2\r\n"));
    assert_false(offers(""));
    assert_false(offers(OFFER "\r\n"));
    assert_false(offers(OFFER "fastim.v3, fastim.v22, xfastim.v2, Fastim.v2, fastim v2\r\n"));
    assert_false(offers("X-Protocol: fastim.v2\r\n"));
#undef OFFER
}

/* RFC 6455, section 1.3. */
static void
the_answer_proves_that_the_key_was_read(void **state)
{
    char in[500];
    int fds[2];
    ssize_t n;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_true(handshake_accept(BYTES(KEY), NULL, fds[0]));
    n = recv(fds[1], in, sizeof(in), 0);
    assert_bytes(str_make(in, (size_t)n),
                 BYTES("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\n"
                       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"));
    assert_true(handshake_accept(BYTES(KEY), "fastim.v2", fds[0]));
    n = recv(fds[1], in, sizeof(in), 0);
    assert_bytes(str_make(in, (size_t)n),
                 BYTES("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\n"
                       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                       "Sec-WebSocket-Protocol: fastim.v2\r\n\r\n"));
    close(fds[1]);
    assert_false(handshake_accept(BYTES(KEY), NULL, fds[0]));
    close(fds[0]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_takes_what_the_rfc_wants),
        cmocka_unit_test(it_refuses_the_rest),
        cmocka_unit_test(http_1_0_has_no_websockets_but_streams),
        cmocka_unit_test(a_subprotocol_is_found_among_others),
        cmocka_unit_test(the_answer_proves_that_the_key_was_read),
    };

    return cmocka_run_group_tests_name("handshake", tests, NULL, NULL);
}
