/* test_http_error.c - the answer to a request that becomes no WebSocket. */
#include "push-daemon/net/http_error.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static const struct {
    int status;
    const char *head;
} rows[] = {
    {400, "400 Bad Request"},
    {403, "403 Forbidden"},
    {404, "404 Not Found"},
    {405, "405 Method Not Allowed\r\nAllow: GET"},
    {426, "426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"},
    {429, "429 Too Many Requests\r\nRetry-After: 5"},
    {431, "431 Request Header Fields Too Large"},
    {503, "503 Service Unavailable\r\nRetry-After: 5"},
    {999, "404 Not Found"},
};

/* The body is a line that says why. */
static void
each_status_has_its_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char in[512], wanted[512];
        int fds[2];
        ssize_t n;

        snprintf(wanted, sizeof(wanted),
                 "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\n"
                 "Connection: close\r\n\r\nwhy\n",
                 rows[i].head);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        http_error_send((struct refusal){rows[i].status, "why"}, fds[0]);
        n = recv(fds[1], in, sizeof(in), MSG_WAITALL); /* to the end: the socket was closed */
        assert_bytes(str_make(in, (size_t)n), str_of(wanted));
        assert_int_equal(close(fds[0]), -1);
        close(fds[1]);
    }
}

static void
what_admission_refuses_has_a_reason(void **state)
{
    (void)state;
    assert_non_null(strstr(http_error_reason(403), "push.origins"));
    assert_non_null(strstr(http_error_reason(429), "address"));
    assert_non_null(strstr(http_error_reason(503), "no more connections"));
}

/* No SIGPIPE. */
static void
a_peer_that_is_gone_does_no_harm(void **state)
{
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    close(fds[1]);
    assert_false(http_error_write((struct refusal){503, "why"}, fds[0]));
    http_error_send((struct refusal){503, "why"}, fds[0]);
    assert_int_equal(close(fds[0]), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_status_has_its_answer),
        cmocka_unit_test(what_admission_refuses_has_a_reason),
        cmocka_unit_test(a_peer_that_is_gone_does_no_harm),
    };

    return cmocka_run_group_tests_name("http_error", tests, NULL, NULL);
}
