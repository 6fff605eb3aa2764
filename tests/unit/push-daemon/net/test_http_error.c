/* test_http_error.c - the answer to a request that becomes no WebSocket. */
#include "push-daemon/net/http_error.h"

#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define TAIL "Content-Length: 0\r\nConnection: close\r\n\r\n"

static const struct {
    int status;
    const char *answer;
} cases[] = {
    {400, "HTTP/1.1 400 Bad Request\r\n" TAIL},
    {403, "HTTP/1.1 403 Forbidden\r\n" TAIL},
    {404, "HTTP/1.1 404 Not Found\r\n" TAIL},
    {405, "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\n" TAIL},
    {426,
     "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" TAIL},
    {429, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\n" TAIL},
    {503, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n" TAIL},
    {999, "HTTP/1.1 404 Not Found\r\n" TAIL},
};

static void
each_status_has_its_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[HTTP_ERROR_BYTES];

        assert_bytes(str_make(out, http_error_write(cases[i].status, out)),
                     str_of(cases[i].answer));
    }
}

static void
it_is_sent_and_the_socket_closed(void **state)
{
    char in[512];
    int fds[2];
    ssize_t n;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    http_error_send(503, fds[0]);
    n = recv(fds[1], in, sizeof(in), MSG_WAITALL); /* to the end */
    assert_bytes(str_make(in, (size_t)n), str_of(cases[6].answer));
    assert_int_equal(close(fds[0]), -1);
    close(fds[1]);
}

/* No SIGPIPE. */
static void
a_peer_that_is_gone_does_no_harm(void **state)
{
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    close(fds[1]);
    http_error_send(503, fds[0]);
    assert_int_equal(close(fds[0]), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_status_has_its_answer),
        cmocka_unit_test(it_is_sent_and_the_socket_closed),
        cmocka_unit_test(a_peer_that_is_gone_does_no_harm),
    };

    return cmocka_run_group_tests_name("http_error", tests, NULL, NULL);
}
