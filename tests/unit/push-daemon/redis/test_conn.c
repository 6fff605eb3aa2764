/* test_conn.c - a connection comes up: address, login, role. */
#include "tests/unit/push-daemon/redis/a_conn.h"

static void
it_connects_greets_and_is_up(void **state)
{
    struct scene *s = *state;

    assert_false(discovery.searching);
    conn_start(s->conn);
    assert_false(discovery.searching);
    fake_loop_advance(s->loop, 0);
    assert_true(discovery.searching);
    found(s, "10.0.0.1");
    assert_string_equal(peer_last()->where, "10.0.0.1:6379");
    fake_loop_advance(s->loop, 10);
    assert_string_equal(peer_commands(peer_last()), ""); /* it is not connected yet */
    peer_connected(s->loop, peer_last());
    assert_string_equal(peer_commands(peer_last()), "ENCODING|PING|");
    assert_false(fake_loop_watch(s->loop, peer_last()->theirs)->write);
    assert_false(conn_is_up(s->conn));
    assert_int_equal(conn_in_flight(s->conn), 2);
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    assert_log(s, "up ");
    assert_int_equal(conn_in_flight(s->conn), 0);
}

static void
the_greeting_is_as_the_settings_say(void **state)
{
    struct scene *s = *state;

    a_config_set(&s->config, "redis.password", "secret");
    a_config_set(&s->config, "redis.database", "3");
    a_config_set(&s->config, "redis.sentinels", "10.0.0.7:26379");
    conn_start(s->conn);
    fake_loop_advance(s->loop, 0);
    connect_to(s, "10.0.0.1");
    assert_string_equal(peer_commands(peer_last()), "AUTH secret|SELECT 3|ROLE|ENCODING|PING|");
    peer_answer(s->loop, peer_last(), "+OK\r\n+OK\r\n*1\r\n$6\r\nmaster\r\n");
    assert_log(s, "");
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    assert_log(s, "up ");
}

/* A cluster has no other values than plain ones, and no Sentinels. */
static void
a_node_of_a_cluster_is_greeted_as_what_it_is_to_be(void **state)
{
    static const struct {
        enum target_kind kind;
        const char *asked, *answer;
    } cases[] = {
        {TARGET_MASTER, "AUTH secret|ROLE|PING|", "+OK\r\n*1\r\n$6\r\nmaster\r\n+PONG\r\n"},
        {TARGET_ANY, "AUTH secret|PING|", "+OK\r\n+PONG\r\n"},
    };
    struct scene *s = *state;

    a_config_set(&s->config, "redis.password", "secret");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct target node = target;

        node.kind = cases[i].kind;
        conn_destroy(s->conn);
        s->conn = conn_create(s->loop, &s->config, &node, &events, s);
        conn_start(s->conn);
        fake_loop_advance(s->loop, 0);
        connect_to(s, "10.0.0.1");
        assert_string_equal(peer_commands(peer_last()), cases[i].asked);
        peer_answer(s->loop, peer_last(), cases[i].answer);
        assert_log(s, "up ");
    }
}

/* Before whoever sent the command is told. Of one Redis, nobody wants to know. */
static void
errors_of_a_node_of_a_cluster_are_told(void **state)
{
    struct target node = target;
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    fake_loop_turn_end(s->loop);
    peer_answer(s->loop, peer_last(), "-MOVED 5 10.0.0.8:1\r\n");
    assert_log(s, "reply:MOVED 5 10.0.0.8:1 ");
    conn_destroy(s->conn);
    node.kind = TARGET_ANY;
    s->conn = conn_create(s->loop, &s->config, &node, &events, s);
    conn_start(s->conn);
    fake_loop_advance(s->loop, 0);
    connect_to(s, "10.0.0.1");
    peer_answer(s->loop, peer_last(), "+PONG\r\n");
    command(s, "GET a");
    command(s, "GET b");
    fake_loop_turn_end(s->loop);
    peer_answer(s->loop, peer_last(), "-MOVED 5 10.0.0.8:1\r\n+x\r\n");
    assert_log(s, "up refused:MOVED 5 10.0.0.8:1 reply:MOVED 5 10.0.0.8:1 reply:x ");
}

static void
a_refused_connection_is_down(void **state)
{
    static const char *const answers[] = {
        "-NOAUTH Authentication required.\r\n+OK\r\n*1\r\n$6\r\nmaster\r\n+ok\r\n+PONG\r\n",
        "+OK\r\n-ERR DB index is out of range\r\n*1\r\n$6\r\nmaster\r\n+ok\r\n+PONG\r\n",
        "+OK\r\n+OK\r\n-NOPERM\r\n+ok\r\n+PONG\r\n",
        "+OK\r\n+OK\r\n*1\r\n$5\r\nslave\r\n+ok\r\n+PONG\r\n",
        "+OK\r\n+OK\r\n*0\r\n+ok\r\n+PONG\r\n",
        "+OK\r\n+OK\r\n+OK\r\n+ok\r\n+PONG\r\n",
        "+OK\r\n+OK\r\n*1\r\n$6\r\nmaster\r\n+ok\r\n-LOADING the dataset\r\n",
        "+OK\r\n+OK\r\n*1\r\n$6\r\nmaster\r\n-NOPERM\r\n+PONG\r\n",
        "+OK\r\n+OK\r\n*1\r\n$6\r\nmaster\r\n$4\r\njava\r\n+PONG\r\n",
    };
    struct scene *s = *state;

    a_config_set(&s->config, "redis.password", "secret");
    a_config_set(&s->config, "redis.database", "3");
    a_config_set(&s->config, "redis.sentinels", "10.0.0.7:26379");
    conn_start(s->conn);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        fake_loop_advance(s->loop, 1000);
        connect_to(s, "10.0.0.1");
        peer_answer(s->loop, peer_last(), answers[i]);
        assert_false(conn_is_up(s->conn));
        assert_true(peer_is_left(peer_last()));
        assert_int_equal(conn_in_flight(s->conn), 0);
        assert_log(s, "");
    }
}

/* The peer closes while bytes to it wait: that is an error of the socket. */
static void
it_tries_again_if_connecting_fails(void **state)
{
    struct scene *s = *state;

    conn_start(s->conn);
    fake_loop_advance(s->loop, 0);
    found(s, "10.0.0.1");
    assert_int_equal(send(peer_last()->theirs, "x", 1, 0), 1);
    peer_hang_up(s->loop, peer_last());
    assert_int_equal(fake_loop_watch_count(s->loop), 0);
    assert_false(discovery.searching);
    fake_loop_advance(s->loop, 1000);
    assert_true(discovery.searching);
    peers_unreachable = true;
    found(s, "10.0.0.1");
    assert_false(discovery.searching);
    fake_loop_advance(s->loop, 1000);
    assert_true(discovery.searching);
    discovery.fn(discovery.arg, NULL); /* no Sentinel knows */
    assert_false(discovery.searching);
    fake_loop_advance(s->loop, 1000);
    peers_unreachable = false;
    connect_to(s, "10.0.0.2");
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    assert_log(s, "up ");
}

static void
connecting_may_take_two_seconds(void **state)
{
    struct scene *s = *state;

    conn_start(s->conn);
    fake_loop_advance(s->loop, 0);
    found(s, "10.0.0.1");
    fake_loop_advance(s->loop, 2000);
    assert_false(peer_is_left(peer_last()));
    fake_loop_advance(s->loop, 250);
    assert_true(peer_is_left(peer_last()));
    fake_loop_advance(s->loop, 1000);
    connect_to(s, "10.0.0.1"); /* greeted now, and not answered */
    fake_loop_advance(s->loop, 2250);
    assert_true(peer_is_left(peer_last()));
    assert_log(s, "");
}

static void
connecting_and_greeting_have_two_seconds_each(void **state)
{
    struct scene *s = *state;

    conn_start(s->conn);
    fake_loop_advance(s->loop, 0);
    found(s, "10.0.0.1");
    fake_loop_advance(s->loop, 1900);
    peer_connected(s->loop, peer_last());
    fake_loop_advance(s->loop, 1900);
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    assert_log(s, "up ");
}

/* Of failures in a row the first is logged. */
static void
a_redis_that_is_gone_for_long_does_not_fill_the_log(void **state)
{
    struct scene *s = *state;
    int real = dup(STDERR_FILENO), log = memfd_create("log", 0);
    char lines[4096] = "";

    dup2(log, STDERR_FILENO);
    conn_start(s->conn);
    for (int i = 0; i < 3; i++) {
        fake_loop_advance(s->loop, 1000);
        connect_to(s, "10.0.0.1");
        peer_answer(s->loop, peer_last(), "-LOADING\r\n");
    }
    fake_loop_advance(s->loop, 1000);
    connect_to(s, "10.0.0.1");
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    conn_drop(s->conn, "the test says so");
    dup2(real, STDERR_FILENO);
    assert_true(pread(log, lines, sizeof(lines) - 1, 0) > 0);
    assert_string_equal(lines,
                        "warn redis-refused connection=test answer=\"LOADING\"\n"
                        "warn redis-down connection=test reason=\"refused\" lost=1\n"
                        "warn redis-down connection=test reason=\"the test says so\" lost=0\n");
    close(real);
    close(log);
}

/* What to do is logged once, also if something else was wrong before. */
static void
among_values_of_another_form_it_is_never_up(void **state)
{
    struct scene *s = *state;
    int real = dup(STDERR_FILENO), log = memfd_create("log", 0);
    char lines[4096] = "";

    dup2(log, STDERR_FILENO);
    conn_start(s->conn);
    fake_loop_advance(s->loop, 0);
    connect_to(s, "10.0.0.1");
    peer_hang_up(s->loop, peer_last());
    for (int i = 0; i < 6; i++) {
        fake_loop_advance(s->loop, 1000);
        connect_to(s, "10.0.0.1");
        peer_answer(s->loop, peer_last(), i < 3 ? "+java\r\n+PONG\r\n" : "+java data\r\n");
        assert_true(peer_is_left(peer_last()));
    }
    dup2(real, STDERR_FILENO);
    assert_log(s, "");
    assert_true(pread(log, lines, sizeof(lines) - 1, 0) > 0);
    assert_string_equal(
        strchr(lines, '\n') + 1,
        "warn redis-down connection=test reason=\"the other hosts write as the Java original: set "
        "redis.encoding: java\" lost=1\n"
        "warn redis-down connection=test reason=\"data of the Java original: set redis.encoding: "
        "java\" lost=1\n");
    close(real);
    close(log);
    fake_loop_advance(s->loop, 1000);
    connect_to(s, "10.0.0.1");
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    assert_log(s, "up ");
}

static void
without_an_address_there_is_no_connection(void **state)
{
    struct scene *s = *state;

    has_no_address = true;
    assert_null(conn_create(s->loop, &s->config, &target, &events, s));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_connects_greets_and_is_up),
        TEST(the_greeting_is_as_the_settings_say),
        TEST(a_node_of_a_cluster_is_greeted_as_what_it_is_to_be),
        TEST(errors_of_a_node_of_a_cluster_are_told),
        TEST(a_refused_connection_is_down),
        TEST(it_tries_again_if_connecting_fails),
        TEST(connecting_may_take_two_seconds),
        TEST(connecting_and_greeting_have_two_seconds_each),
        TEST(a_redis_that_is_gone_for_long_does_not_fill_the_log),
        TEST(among_values_of_another_form_it_is_never_up),
        TEST(without_an_address_there_is_no_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
