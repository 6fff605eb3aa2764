/* test_conn_breaks.c - a connection goes down, and comes back. */
#include "tests/unit/push-daemon/redis/a_conn.h"

/* ---- going down ---- */

static void
each_lost_reply_is_reported_once_before_on_down(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    command(s, "GET b");
    send_words(s->conn, "EVALSHA x 0", on_reply, s, true);
    send_words(s->conn, "GET c", NULL, NULL, false);
    peer_answer(s->loop, peer_last(), "+A\r\n");
    assert_log(s, "reply:A ");
    peer_hang_up(s->loop, peer_last());
    assert_log(s, "lost lost down ");
    assert_false(conn_is_up(s->conn));
    conn_drop(s->conn, "again");
    fake_loop_advance(s->loop, 1000);
    assert_log(s, "");
}

static void
what_came_before_the_end_is_read(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    command(s, "GET b");
    fake_loop_turn_end(s->loop);
    peer_commands(peer_last());
    assert_int_equal(send(peer_last()->fd, "+A\r\n", 4, 0), 4);
    peer_hang_up(s->loop, peer_last());
    if (conn_is_up(s->conn)) { /* the end may come with the next read */
        fake_loop_ready(s->loop, peer_last()->theirs, true, true);
    }
    assert_log(s, "reply:A lost down ");
}

static void
a_reply_that_does_not_come_in_two_seconds_is_lost(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    fake_loop_advance(s->loop, 1000);
    command(s, "GET b");
    fake_loop_advance(s->loop, 900);
    peer_answer(s->loop, peer_last(), "+A\r\n");
    fake_loop_advance(s->loop, 1100);
    assert_log(s, "reply:A ");
    fake_loop_advance(s->loop, 250);
    assert_log(s, "lost down ");
    assert_true(peer_is_left(peer_last()));
}

static void
an_idle_connection_stays(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    fake_loop_advance(s->loop, 60000);
    assert_true(conn_is_up(s->conn));
}

static void
dropped_by_a_reply_it_reads_no_more(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    command(s, "GET b");
    s->drops = true;
    peer_answer(s->loop, peer_last(), "+A\r\n+B\r\n");
    assert_log(s, "reply:A lost down ");
}

static void
dropped_between_the_turns_it_is_down_at_once(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    conn_drop(s->conn, "the test says so");
    assert_log(s, "lost down ");
    assert_true(peer_is_left(peer_last()));
}

static void
a_reply_that_nobody_asked_for_is_the_end(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    peer_answer(s->loop, peer_last(), "+surprise\r\n");
    assert_log(s, "down ");
}

static void
bytes_that_are_not_resp_are_the_end(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    peer_answer(s->loop, peer_last(), "HTTP/1.1 200 OK\r\n");
    assert_log(s, "lost down ");
}

static void
readonly_is_the_end_if_there_are_sentinels(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "SET a b");
    peer_answer(s->loop, peer_last(), "-READONLY You can't write\r\n");
    assert_true(conn_is_up(s->conn));
    s->log[0] = '\0';
    a_config_set(&s->config, "redis.sentinels", "10.0.0.7:26379");
    command(s, "SET a b");
    peer_answer(s->loop, peer_last(), "-READONLY again\r\n");
    assert_log(s, "reply:READONLY again down ");
}

static void
destroying_reports_nothing(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    send_words(s->conn, "EVALSHA x 0", on_reply, s, true);
    conn_destroy(s->conn);
    s->conn = NULL;
    assert_true(peer_is_left(peer_last()));
    assert_log(s, "");
}

/* ---- coming back ---- */

static int64_t
wait_until_searching(struct scene *s)
{
    int64_t from = loop_now_ms(s->loop);

    while (!discovery.searching && loop_now_ms(s->loop) < from + 5000) {
        fake_loop_advance(s->loop, 1);
    }
    return loop_now_ms(s->loop) - from;
}

static void
it_waits_longer_each_time_until_it_was_up(void **state)
{
    static const int64_t least[] = {50, 100, 200, 400, 500, 500};
    static const int64_t most[] = {100, 200, 400, 800, 1000, 1000};
    struct scene *s = *state;

    for (int round = 0; round < 2; round++) {
        bring_up(s);
        peer_hang_up(s->loop, peer_last());
        assert_log(s, "down ");
        for (int i = 0; i < 6; i++) {
            assert_in_range(wait_until_searching(s), least[i], most[i]);
            connect_to(s, "10.0.0.1");
            peer_hang_up(s->loop, peer_last());
        }
        wait_until_searching(s);
    }
}

static void
after_a_reconnect_nothing_is_sent_again(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    fake_loop_turn_end(s->loop);
    peer_hang_up(s->loop, peer_last());
    assert_log(s, "lost down ");
    fake_loop_advance(s->loop, 1000);
    connect_to(s, "10.0.0.1");
    assert_string_equal(peer_commands(peer_last()), "ENCODING|PING|");
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    command(s, "GET b");
    peer_answer(s->loop, peer_last(), "+B\r\n");
    assert_log(s, "up reply:B ");
}

static void
another_master_is_reported_to_the_owner(void **state)
{
    struct redis_addr here = {.address = "10.0.0.1"}, there = {.address = "10.0.0.2"};
    struct scene *s = *state;

    here.redis.port = there.redis.port = 6379;
    bring_up(s);
    assert_true(conn_is_at(s->conn, &here));
    found(s, "10.0.0.2");
    assert_log(s, "10.0.0.2 ");
    assert_true(conn_is_up(s->conn));
    assert_false(conn_is_at(s->conn, &there));
    conn_drop(s->conn, "moved");
    assert_true(conn_is_at(s->conn, &here)); /* it was */
    assert_log(s, "down ");
    fake_loop_advance(s->loop, 1000);
    connect_to(s, "10.0.0.2");
    assert_true(conn_is_at(s->conn, &there));
    assert_string_equal(peer_last()->where, "10.0.0.2:6379");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_lost_reply_is_reported_once_before_on_down),
        TEST(what_came_before_the_end_is_read),
        TEST(a_reply_that_does_not_come_in_two_seconds_is_lost),
        TEST(an_idle_connection_stays),
        TEST(dropped_by_a_reply_it_reads_no_more),
        TEST(dropped_between_the_turns_it_is_down_at_once),
        TEST(a_reply_that_nobody_asked_for_is_the_end),
        TEST(bytes_that_are_not_resp_are_the_end),
        TEST(readonly_is_the_end_if_there_are_sentinels),
        TEST(destroying_reports_nothing),
        TEST(it_waits_longer_each_time_until_it_was_up),
        TEST(after_a_reconnect_nothing_is_sent_again),
        TEST(another_master_is_reported_to_the_owner),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
