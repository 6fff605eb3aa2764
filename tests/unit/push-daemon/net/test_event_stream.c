/* test_event_stream.c - the answer to a request for an event stream. */
#include "push-daemon/net/event_stream.h"

#include "tests/unit/push-daemon/net/a_server.h"

#define STREAM "GET /group/events/g/u/t HTTP/1.1\r\nHost: x\r\n"

/* Asks; the answer is put off. */
static void
open_stream(const char *request)
{
    s.client = connect_one();
    say(s.client, request, strlen(request));
    assert_log("o");
}

/* All that the client gets up to the end of the connection. */
static const char *
hear_all(void)
{
    static char in[1000];

    memset(in, 0, sizeof(in));
    (void)hear(s.client, in, sizeof(in) - 1);
    return in;
}

static void
assert_answer(const char *answer, const char *status, const char *body)
{
    char length[50];

    assert_int_equal(strncmp(answer, status, strlen(status)), 0);
    snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n\r\n", strlen(body));
    assert_non_null(strstr(answer, "\r\nContent-Type: application/json;charset=utf-8\r\n"));
    assert_non_null(strstr(answer, "\r\nAccess-Control-Allow-Origin: *\r\n"));
    assert_non_null(strstr(answer, length));
    assert_string_equal(strstr(answer, "\r\n\r\n") + 4, body);
}

static void
the_answer_is_put_off_until_the_stream_begins(void **state)
{
    char in[1000] = "";

    (void)state;
    open_stream(STREAM "Origin: http://a.example\r\n\r\n");
    assert_string_equal(s.asked, "2 group=g user=u token=t origin=http://a.example "
                                 "client=127.0.0.1 proxy=1");
    for (int i = 0; i < 20; i++) {
        loop_turn(s.loop);
    }
    assert_int_equal(recv(s.client, in, sizeof(in), 0), -1);
    event_stream_begin(s.ws);
    assert_int_equal(ws_write_whole(s.ws, BYTES("data: {}\n\n")), 10);
    assert_false(event_stream_refuse(s.ws, CLOSE_REDIS_AWAY)); /* too late */
    event_stream_end(s.ws);
    assert_string_equal(hear_all(), "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                    "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
                                    "X-Content-Type-Options: nosniff\r\nConnection: close\r\n"
                                    "Access-Control-Allow-Origin: *\r\n\r\ndata: {}\n\n");
}

static void
a_refusal_is_a_status_with_an_envelope(void **state)
{
    static const struct {
        enum close_reason reason;
        const char *status, *body;
    } rows[] = {
        {CLOSE_NOT_LOGGED_IN, "HTTP/1.1 403 ",
         "{\"code\":440,\"msg\":\"请登录后访问\",\"data\":null}"},
        {CLOSE_NOT_A_MEMBER, "HTTP/1.1 403 ",
         "{\"code\":403,\"msg\":\"has not joined the group\",\"data\":null}"},
        {CLOSE_REDIS_AWAY, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n",
         "{\"code\":503,\"msg\":\"Redis is away\",\"data\":null}"},
        {CLOSE_STOPPING, "HTTP/1.1 503 ",
         "{\"code\":503,\"msg\":\"the daemon stops\",\"data\":null}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        open_stream(STREAM "\r\n");
        assert_true(event_stream_refuse(s.ws, rows[i].reason));
        assert_answer(hear_all(), rows[i].status, rows[i].body);
        close(s.client);
        s.client = -1;
        assert_log("c");
    }
}

static void
what_is_refused_at_once_has_the_same_form(void **state)
{
    (void)state;
    (void)ask("GET /group/events/g/%ff/t HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_string_equal(
        hear_all(), "{\"code\":400,\"msg\":\"the user in the path is no valid id\",\"data\":null}");
    s.refuse_with = 429;
    assert_non_null(strstr(ask(STREAM "\r\n"), "HTTP/1.1 429 "));
    assert_int_equal(s.metrics.refusals[0], 1);
    assert_int_equal(atoi(ask("POST /group/events/g/u/t HTTP/1.1\r\nHost: x\r\n\r\n") + 9), 405);
    assert_int_equal(atoi(ask("GET /group/events/g/u/t HTTP/1.1\r\n\r\n") + 9), 400);
    assert_log("");
}

static void
what_a_client_says_counts_and_means_nothing(void **state)
{
    (void)state;
    open_stream(STREAM "\r\n");
    event_stream_begin(s.ws);
    say(s.client, "\x88\x80....", 6);
    assert_log("a");
    shutdown(s.client, SHUT_WR);
    assert_log("c"); /* but its end does */
    assert_pieces("");
}

static void
a_preflight_is_answered(void **state)
{
    const char *answer = ask("OPTIONS /group/events/g/u/t HTTP/1.1\r\nHost: x\r\n"
                             "Origin: http://a.example\r\n"
                             "Access-Control-Request-Headers: last-event-id,token\r\n\r\n");

    (void)state;
    assert_int_equal(strncmp(answer, "HTTP/1.1 204 No Content\r\n", 25), 0);
    assert_non_null(strstr(answer, "\r\nAccess-Control-Allow-Methods: GET, OPTIONS\r\n"));
    assert_non_null(strstr(answer, "userId, token, content-type, last-event-id\r\n"));
    assert_string_equal(hear_all(), "");
    assert_int_equal(atoi(ask("OPTIONS /group/chat/g/u/t HTTP/1.1\r\n\r\n") + 9), 405);
    assert_log("");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_answer_is_put_off_until_the_stream_begins),
        TEST(a_refusal_is_a_status_with_an_envelope),
        TEST(what_is_refused_at_once_has_the_same_form),
        TEST(what_a_client_says_counts_and_means_nothing),
        TEST(a_preflight_is_answered),
    };

    return cmocka_run_group_tests_name("event_stream", tests, NULL, NULL);
}
