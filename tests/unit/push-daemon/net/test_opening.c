/* test_opening.c - opening handshakes: which are accepted, and what the others get. */
#include "push-daemon/net/opening.h"

#include "push-daemon/net/http_head.h"
#include "tests/unit/push-daemon/net/a_server.h"

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
        assert_int_equal(recv(s.client, body, 1, 0), 0);
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
    };

    return cmocka_run_group_tests_name("opening", tests, NULL, NULL);
}
