/* test_health.c - push.health: what the daemon says of itself over HTTP. */
#include "push-daemon/ops/health.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "push-daemon/net/accept.h"
#include "push-daemon/net/listen.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/fake_log.h"

enum {
    LISTENING = 12345, /* no descriptor: nobody uses it but the fakes */
    CLIENTS = 20
};

static struct test {
    struct a_env env;
    struct health *health;
    struct metrics slots[2];
    bool cannot_listen;
    bool shared;
    accept_fn *fn;
    void *arg;
    int stopped;
    int ours[CLIENTS];   /* the client's end of its socket */
    int theirs[CLIENTS]; /* the daemon's */
} t;

/* ---- net/accept.h and net/listen.h ---- */

int
listen_open(const char *address, bool shared)
{
    assert_string_equal(address, "127.0.0.1:9002");
    t.shared = shared;
    return t.cannot_listen ? -1 : LISTENING;
}

struct acceptor *
accept_start(struct loop *loop, int listening, accept_fn *fn, void *arg)
{
    assert_ptr_equal(loop, t.env.env.loop);
    assert_int_equal(listening, LISTENING);
    t.fn = fn;
    t.arg = arg;
    return (struct acceptor *)&t;
}

void
accept_stop(struct acceptor *a)
{
    if (a != NULL) {
        assert_ptr_equal(a, &t);
        t.stopped++;
    }
}

/* ---- what the tests say ---- */

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    memset(t.ours, -1, sizeof(t.ours));
    a_env_make(&t.env);
    fake_log_clear();
    for (int i = 0; i < 2; i++) {
        t.slots[i].present = t.slots[i].ready = 1;
        t.slots[i].connections = 20;
    }
    t.health = health_create(&t.env.env, t.slots, 2);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    health_destroy(t.health);
    for (int i = 0; i < CLIENTS; i++) {
        if (t.ours[i] >= 0) {
            close(t.ours[i]);
        }
    }
    a_env_free(&t.env);
    return 0;
}

/* Client i connects. */
static void
come(int i)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    t.ours[i] = pair[0];
    t.theirs[i] = pair[1];
    t.fn(t.arg, pair[1]);
}

static void
say(int i, const char *bytes)
{
    assert_int_equal(send(t.ours[i], bytes, strlen(bytes), MSG_NOSIGNAL), strlen(bytes));
    assert_true(fake_loop_ready(t.env.env.loop, t.theirs[i], true, false));
}

static bool
is_here(int i)
{
    return fake_loop_watch(t.env.env.loop, t.theirs[i]) != NULL;
}

/* All that the daemon sends to client i, whose socket takes it; the connection ends with it. */
static const char *
read_answer(int i)
{
    static char answer[65536];
    size_t length = 0;
    ssize_t n;

    while (is_here(i) && fake_loop_ready(t.env.env.loop, t.theirs[i], false, true)) {
        n = recv(t.ours[i], answer + length, sizeof(answer) - 1 - length, 0);
        length += n > 0 ? (size_t)n : 0;
    }
    while ((n = recv(t.ours[i], answer + length, sizeof(answer) - 1 - length, 0)) > 0) {
        length += (size_t)n;
    }
    assert_true(n == 0 || errno == ECONNRESET); /* it ended; or before it had read all */
    assert_false(is_here(i));
    answer[length] = '\0';
    return answer;
}

/* ---- answers ---- */

static void
each_request_has_its_answer(void **state)
{
    static const struct {
        const char *request, *status, *body;
    } rows[] = {
        {"GET /healthz HTTP/1.1\r\n\r\n", "200 OK", "alive\n"},
        {"GET /healthz?x=1 HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "alive\n"},
        {"GET /readyz HTTP/1.0\r\n\r\n", "200 OK", "ready\n"},
        {"GET / HTTP/1.1\r\n\r\n", "404 Not Found", "/healthz /readyz /metrics\n"},
        {"GET /healthzz HTTP/1.1\r\n\r\n", "404 Not Found", "/healthz /readyz /metrics\n"},
        {"GET /health HTTP/1.1\r\n\r\n", "404 Not Found", "/healthz /readyz /metrics\n"},
        {"POST /healthz HTTP/1.1\r\n\r\n", "404 Not Found", "/healthz /readyz /metrics\n"},
        {"\r\n\r\n", "404 Not Found", "/healthz /readyz /metrics\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char wanted[500];

        come(0);
        say(0, rows[i].request);
        snprintf(wanted, sizeof(wanted),
                 "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n"
                 "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
                 rows[i].status, strlen(rows[i].body), rows[i].body);
        assert_string_equal(read_answer(0), wanted);
        close(t.ours[0]);
    }
    t.ours[0] = -1;
}

static void
readyz_says_what_is_missing(void **state)
{
    const char *answer;

    (void)state;
    t.slots[1].ready = 0;
    come(0);
    say(0, "GET /readyz HTTP/1.1\r\n\r\n");
    answer = read_answer(0);
    assert_non_null(strstr(answer, "HTTP/1.1 503 Service Unavailable\r\n"));
    assert_non_null(strstr(answer, "\r\n\r\nRedis does not answer, or it stops"));
    t.slots[1].present = 0;
    come(1);
    say(1, "GET /readyz HTTP/1.1\r\n\r\n");
    assert_non_null(strstr(read_answer(1), "\r\n\r\na worker is not there"));
}

static void
metrics_are_those_of_all_workers(void **state)
{
    const char *answer;

    (void)state;
    come(0);
    say(0, "GET /metrics HTTP/1.1\r\n\r\n");
    answer = read_answer(0);
    assert_non_null(strstr(answer, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(answer, "Content-Type: text/plain; version=0.0.4\r\n"));
    assert_non_null(strstr(answer, "\nfastim_connections 40\n"));
}

/* ---- bytes ---- */

static void
a_request_may_come_in_pieces(void **state)
{
    (void)state;
    come(0);
    say(0, "GET /hea");
    assert_false(fake_loop_ready(t.env.env.loop, t.theirs[0], false, true));
    say(0, "lthz HTTP/1.1\r\n\r");
    say(0, "\n");
    assert_non_null(strstr(read_answer(0), "alive\n"));
}

/* A request of 4095 bytes is answered by what has come. */
static void
a_request_has_a_bound(void **state)
{
    char line[4095 + 1] = "GET /healthz HTTP/1.1\r\nX: ";

    (void)state;
    memset(line + strlen(line), 'x', sizeof(line) - 2 - strlen(line));
    come(0);
    say(0, line);
    assert_false(fake_loop_ready(t.env.env.loop, t.theirs[0], false, true));
    say(0, "x");
    assert_non_null(strstr(read_answer(0), "alive\n"));
    come(1);
    say(1, line);
    assert_int_equal(send(t.ours[1], line, strlen(line), MSG_NOSIGNAL), strlen(line));
    say(1, "x");
    assert_non_null(strstr(read_answer(1), "alive\n"));
}

/* Its socket takes no more for a while: the rest goes later. */
static void
an_answer_may_go_in_pieces(void **state)
{
    static char dust[1024];
    char answer[65536] = "";
    size_t length = 0;
    int size = 1;

    (void)state;
    come(0);
    setsockopt(t.theirs[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    say(0, "GET /metrics HTTP/1.1\r\n\r\n");
    for (int turns = 0; is_here(0); turns++) {
        ssize_t n;

        assert_in_range(turns, 0, 1000);
        assert_true(fake_loop_ready(t.env.env.loop, t.theirs[0], false, true));
        while ((n = recv(t.ours[0], dust, sizeof(dust), 0)) > 0) {
            memcpy(answer + length, dust, (size_t)n);
            length += (size_t)n;
        }
    }
    assert_non_null(strstr(answer, "fastim_loop_lag_seconds_count 0\n"));
    assert_int_equal(atoi(strstr(answer, "Content-Length: ") + 16),
                     strlen(strstr(answer, "\r\n\r\n") + 4));
}

static void
a_client_may_hang_up_at_any_time(void **state)
{
    (void)state;
    come(0);
    close(t.ours[0]);
    fake_loop_ready(t.env.env.loop, t.theirs[0], true, false);
    assert_false(is_here(0));
    come(0);
    say(0, "GET /healthz HTTP/1.1\r\n\r\n");
    close(t.ours[0]);
    t.ours[0] = -1;
    fake_loop_ready(t.env.env.loop, t.theirs[0], false, true);
    assert_false(is_here(0));
}

/* ---- many, and slow ones ---- */

static void
a_slow_client_is_cut_off_after_five_seconds(void **state)
{
    (void)state;
    come(0);
    fake_loop_advance(t.env.env.loop, 1000);
    come(1);
    say(1, "GET /healthz HTTP/1.1\r\n\r\n"); /* it does not read the answer */
    fake_loop_advance(t.env.env.loop, 4000);
    health_every_second(t.health);
    assert_true(is_here(0));
    fake_loop_advance(t.env.env.loop, 1);
    health_every_second(t.health);
    assert_false(is_here(0));
    assert_true(is_here(1));
    fake_loop_advance(t.env.env.loop, 1000);
    health_every_second(t.health);
    assert_false(is_here(1));
}

static void
there_are_sixteen_clients_at_the_most(void **state)
{
    char byte;

    (void)state;
    for (int i = 0; i < 17; i++) {
        come(i);
    }
    assert_int_equal(fake_loop_watch_count(t.env.env.loop), 16);
    assert_false(is_here(0)); /* the oldest has gone */
    assert_int_equal(recv(t.ours[0], &byte, 1, 0), 0);
    for (int i = 1; i < 17; i++) {
        assert_int_equal(recv(t.ours[i], &byte, 1, 0), -1);
        assert_int_equal(errno, EAGAIN);
    }
    say(16, "GET /healthz HTTP/1.1\r\n\r\n");
    assert_non_null(strstr(read_answer(16), "alive\n"));
    say(3, "GET /healthz HTTP/1.1\r\n\r\n");
    assert_non_null(strstr(read_answer(3), "alive\n"));
    come(17);
    assert_true(is_here(1)); /* there was room */
    say(17, "GET /healthz HTTP/1.1\r\n\r\n");
    assert_non_null(strstr(read_answer(17), "alive\n"));
}

/* ---- life ---- */

static void
it_may_be_off_or_not_be_able_to_listen(void **state)
{
    (void)state;
    health_destroy(t.health);
    assert_int_equal(t.stopped, 1);
    assert_false(t.shared);
    t.cannot_listen = true;
    t.health = health_create(&t.env.env, t.slots, 2);
    assert_null(t.health);
    assert_int_equal(fake_log_count("error health reason="), 1);
    t.cannot_listen = false;
    t.env.env.workers = 2;
    t.health = health_create(&t.env.env, t.slots, 2);
    assert_true(t.shared);
    health_destroy(t.health);
    a_config_set(&t.env.config, "push.health", "");
    t.health = health_create(&t.env.env, t.slots, 2);
    assert_non_null(t.health);
    health_every_second(t.health);
    assert_int_equal(fake_loop_watch_count(t.env.env.loop), 0);
    assert_int_equal(fake_log_count("error health"), 1);
}

static void
its_end_hangs_up_on_all(void **state)
{
    char byte;

    (void)state;
    come(0);
    come(1);
    health_destroy(t.health);
    t.health = NULL;
    assert_int_equal(fake_loop_watch_count(t.env.env.loop), 0);
    assert_int_equal(recv(t.ours[0], &byte, 1, 0), 0);
    assert_int_equal(recv(t.ours[1], &byte, 1, 0), 0);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_request_has_its_answer),
        TEST(readyz_says_what_is_missing),
        TEST(metrics_are_those_of_all_workers),
        TEST(a_request_may_come_in_pieces),
        TEST(a_request_has_a_bound),
        TEST(an_answer_may_go_in_pieces),
        TEST(a_client_may_hang_up_at_any_time),
        TEST(a_slow_client_is_cut_off_after_five_seconds),
        TEST(there_are_sixteen_clients_at_the_most),
        TEST(it_may_be_off_or_not_be_able_to_listen),
        TEST(its_end_hangs_up_on_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
