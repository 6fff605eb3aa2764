/* test_conn_commands.c - commands and their replies, and what a subscription hears. */
#include "tests/unit/push-daemon/redis/a_conn.h"

/* ---- commands and replies ---- */

static void
commands_go_out_together_at_the_end_of_the_turn(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    command(s, "SET b c");
    send_words(s->conn, "DEL d", NULL, NULL, false);
    assert_string_equal(peer_commands(peer_last()), "");
    fake_loop_turn_end(s->loop);
    assert_string_equal(peer_commands(peer_last()), "GET a|SET b c|DEL d|");
    assert_int_equal(conn_in_flight(s->conn), 3);
}

static void
replies_go_to_their_commands_in_order(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    send_words(s->conn, "DEL d", NULL, NULL, false);
    command(s, "GET b");
    peer_answer(s->loop, peer_last(), "$1\r\nA\r\n:1\r\n$1\r\n");
    assert_log(s, "reply:A ");
    peer_answer(s->loop, peer_last(), "B\r\n");
    assert_log(s, "reply:B ");
    assert_int_equal(conn_in_flight(s->conn), 0);
}

static void
on_up_may_send(void **state)
{
    struct scene *s = *state;

    s->sends = true;
    bring_up(s);
    assert_string_equal(peer_commands(peer_last()), "GET first|");
    peer_answer(s->loop, peer_last(), "+here\r\n");
    assert_log(s, "reply:here ");
}

static void
a_script_that_is_not_there_is_sent_whole(void **state)
{
    struct scene *s = *state;
    struct argv argv;
    const char *again;

    bring_up(s);
    argv_init(&argv);
    cmd_check_login(&argv, &s->config, str_of("u"), str_of("t"));
    conn_send_script(s->conn, &argv, on_reply, s);
    argv_fini(&argv);
    command(s, "GET b");
    fake_loop_turn_end(s->loop);
    peer_commands(peer_last());
    peer_answer(s->loop, peer_last(), "-NOSCRIPT No matching script.\r\n+b\r\n");
    assert_log(s, "reply:b ");
    again = peer_commands(peer_last());
    assert_int_equal(strncmp(again, "EVAL ", 5), 0);
    assert_non_null(strstr(again, " 1 login:u t|"));
    peer_answer(s->loop, peer_last(), "-NOSCRIPT really\r\n"); /* once is enough */
    assert_log(s, "reply:NOSCRIPT really ");
    assert_string_equal(peer_commands(peer_last()), "");
}

static void
noscript_is_an_answer_to_what_is_no_script(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "EVALSHA 123 0");
    send_words(s->conn, "GET a", on_reply, s, true);
    peer_answer(s->loop, peer_last(), "-NOSCRIPT 1\r\n-NOSCRIPT 2\r\n");
    assert_log(s, "reply:NOSCRIPT 1 reply:NOSCRIPT 2 ");
}

static void
a_script_that_fails_is_not_sent_again(void **state)
{
    struct scene *s = *state;
    struct argv argv;

    bring_up(s);
    argv_init(&argv);
    cmd_check_login(&argv, &s->config, str_of("u"), str_of("t"));
    conn_send_script(s->conn, &argv, on_reply, s);
    argv_fini(&argv);
    fake_loop_turn_end(s->loop);
    peer_commands(peer_last());
    peer_answer(s->loop, peer_last(), "-ERR wrong\r\n");
    assert_log(s, "reply:ERR wrong ");
    assert_string_equal(peer_commands(peer_last()), "");
}

/* Each is read whole, whatever the socket takes at a time. */
static void
what_the_socket_does_not_take_goes_out_later(void **state)
{
    struct scene *s = *state;
    struct argv argv;
    struct text big;
    char in[65536];
    size_t have = 0;
    ssize_t n;

    bring_up(s);
    argv_init(&argv);
    text_init(&big);
    text_reserve(&big, 1000000);
    memset(big.bytes, 'x', big.len = 1000000);
    argv_add(&argv, text_str(&big));
    conn_send(s->conn, &argv, NULL, NULL);
    fake_loop_turn_end(s->loop);
    assert_true(fake_loop_watch(s->loop, peer_last()->theirs)->write);
    while ((n = recv(peer_last()->fd, in, sizeof(in), 0)) > 0 || have < 1000000) {
        have += n > 0 ? (size_t)n : 0;
        fake_loop_ready(s->loop, peer_last()->theirs, false, true);
    }
    assert_int_equal(have, strlen("*1\r\n$1000000\r\n\r\n") + 1000000);
    assert_false(fake_loop_watch(s->loop, peer_last()->theirs)->write);
    argv_fini(&argv);
    text_fini(&big);
}

/* 16 KB a read, four reads a turn. */
static void
what_comes_in_a_flood_is_read_in_several_turns(void **state)
{
    struct scene *s = *state;
    char wire[16384];
    size_t first;

    bring_up(s);
    for (int i = 0; i < 3 * 16384 * 2 / 4; i++) {
        send_words(s->conn, "X", NULL, NULL, false);
    }
    for (size_t i = 0; i < sizeof(wire); i += 4) {
        memcpy(wire + i, ":1\r\n", 4);
    }
    for (int i = 0; i < 6; i++) {
        assert_int_equal(send(peer_last()->fd, wire, sizeof(wire), 0), sizeof(wire));
    }
    assert_true(fake_loop_ready(s->loop, peer_last()->theirs, true, false));
    first = conn_in_flight(s->conn);
    assert_int_equal(first, 2 * 16384 / 4);
    assert_true(fake_loop_ready(s->loop, peer_last()->theirs, true, false));
    assert_int_equal(conn_in_flight(s->conn), 0);
    assert_true(conn_is_up(s->conn));
}

/* ---- a subscription ---- */

static void
all_that_comes_to_a_subscription_is_a_push(void **state)
{
    struct scene *s = *state;

    use_subscription(s);
    bring_up(s);
    command(s, "SUBSCRIBE a");
    fake_loop_turn_end(s->loop);
    assert_string_equal(peer_commands(peer_last()), "SUBSCRIBE a|");
    assert_int_equal(conn_in_flight(s->conn), 0);
    peer_answer(s->loop, peer_last(), "+one\r\n+two\r\n");
    assert_log(s, "push:one push:two ");
    fake_loop_advance(s->loop, 60000); /* silence is no fault of its */
    assert_true(conn_is_up(s->conn));
    peer_hang_up(s->loop, peer_last());
    assert_log(s, "down ");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(commands_go_out_together_at_the_end_of_the_turn),
        TEST(replies_go_to_their_commands_in_order),
        TEST(on_up_may_send),
        TEST(a_script_that_is_not_there_is_sent_whole),
        TEST(noscript_is_an_answer_to_what_is_no_script),
        TEST(a_script_that_fails_is_not_sent_again),
        TEST(what_the_socket_does_not_take_goes_out_later),
        TEST(what_comes_in_a_flood_is_read_in_several_turns),
        TEST(all_that_comes_to_a_subscription_is_a_push),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
