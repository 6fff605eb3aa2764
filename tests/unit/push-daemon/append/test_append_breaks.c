/* test_append_breaks.c - the connection breaks, or leads to another master: nobody has to guess. */
#include "tests/unit/push-daemon/append/an_appender.h"

/* ---- the connection breaks ---- */

static void
what_redis_had_stored_is_told_and_the_rest_goes_out_again(void **state)
{
    (void)state;
    post_many(0, 4);
    answer(":101\r\n"); /* not heard */
    reconnect();
    assert_told("----");
    assert_false(post(4)); /* not before it is known what became of the others */
    assert_open_commands(1);
    answer_seq("$1\r\n2\r\n");
    assert_told("SS--");
    assert_append(0, 2, 2, 1);
    assert_append(1, 3, 2, 2);
    assert_open_commands(2);
    post_many(5, 1);
    assert_append(2, 5, 2, 3);
}

/* They count as stored, and were not. Redis has noted each of them; of some, the reply is known. */
static void
what_a_rule_had_refused_is_not_taken_for_stored(void **state)
{
    (void)state;
    post_many(0, 8);
    answer(":101\r\n");
    answer(":-1\r\n");
    reconnect();
    assert_told("-L------");
    assert_asks_for_refusals(7);
    answer("*6\r\n$4\r\n2 -1\r\n$11\r\n4 -5 slow 7\r\n$4\r\n5 -4\r\n$1\r\nx\r\n"
           "$4\r\n6 -1\r\n$4\r\n9 -1\r\n");
    assert_told("-L-AJL--");
    assert_command(&t.commands, 0, "GET fim:seq:node:1");
    answer("$1\r\n7\r\n");
    assert_told("SLSAJLS-");
    assert_append(0, 7, 2, 1);
    assert_open_commands(1);
}

static void
a_seq_may_have_two_digits(void **state)
{
    (void)state;
    post_many(0, 12);
    reconnect();
    answer_seq("$2\r\n11\r\n");
    assert_told("SSSSSSSSSSS-");
}

static void
nothing_was_stored_if_redis_knows_no_seq(void **state)
{
    (void)state;
    post_many(0, 2);
    reconnect();
    answer_seq("$-1\r\n");
    assert_told("--");
    assert_append(0, 0, 2, 1);
    assert_append(1, 1, 2, 2);
}

static void
a_lost_answer_about_the_seq_is_asked_for_again(void **state)
{
    (void)state;
    post_many(0, 1);
    reconnect();
    reconnect();
    assert_told("-");
    answer_seq("$1\r\n1\r\n");
    assert_told("S");
    assert_open_commands(0);
    post_many(1, 1);
    assert_append(0, 1, 2, 1);
}

static void
wait(int64_t ms)
{
    fake_loop_advance(t.env.env.loop, ms);
}

static void
a_question_that_cannot_be_asked_is_asked_a_second_later(void **state)
{
    (void)state;
    post_many(0, 1);
    fake_commands_lose(&t.commands);
    append_on_down(t.appender, fake_node(&t.commands));
    append_on_ready(t.appender, fake_node(&t.commands));
    assert_int_equal(fake_log_count("error append-look"), 1);
    assert_told("-");
    t.commands.ready = true;
    wait(999);
    assert_open_commands(0);
    wait(1);
}

/* Redis was made a replica, say: to take that for "nothing was stored" would store messages
 * twice. */
static void
an_answer_that_says_nothing_of_the_seq_is_no_answer(void **state)
{
    (void)state;
    post_many(0, 2);
    reconnect();
    assert_asks_for_refusals(2);
    answer("*0\r\n");
    answer("-MASTERDOWN Link with MASTER is down\r\n");
    assert_told("--");
    assert_false(post(2));
    assert_int_equal(fake_log_count("warn append-look answer=\"MASTERDOWN"), 1);
    wait(1000);
    answer("-LOADING Redis is loading\r\n");
    wait(500);
    reconnect(); /* the new connection asks for itself */
    wait(500);
    assert_open_commands(1);
    answer_seq("$1\r\n1\r\n");
    assert_told("S-");
    assert_append(0, 1, 2, 1);
    wait(10000);
    assert_open_commands(1);
}

/* Somebody else has overwritten the key. No other answer would come. */
static void
a_seq_that_cannot_be_read_says_that_nothing_was_stored(void **state)
{
    (void)state;
    post_many(0, 1);
    reconnect();
    answer("*0\r\n");
    answer("-WRONGTYPE Operation\r\n");
    assert_append(0, 0, 2, 1);
}

/* The answers up to the break are known; behind the refused one nothing was stored. */
static void
a_break_ends_a_barrier(void **state)
{
    (void)state;
    post_many(0, 3);
    answer(":101\r\n");
    answer(":-3\r\n");
    reconnect();
    answer_seq("$1\r\n1\r\n");
    assert_told("S--");
    assert_append(0, 1, 2, 1);
    assert_append(1, 2, 2, 2);
    assert_open_commands(2);
}

static void
a_deadline_that_passed_during_the_break_is_told_after_it(void **state)
{
    (void)state;
    post_many(0, 2);
    reconnect();
    fake_clock.ms = BEGIN_MS + 2501;
    answer_seq("$1\r\n1\r\n");
    assert_told("SR");
    assert_open_commands(0);
}

/* ---- a failover ---- */

static void
held_messages_wait_for_another_connection(void **state)
{
    (void)state;
    post_many(0, 1);
    append_hold(t.appender);
    post_many(1, 2);
    assert_open_commands(1);
    assert_false(append_is_settled(t.appender));
    answer(":101\r\n");
    assert_false(append_is_settled(t.appender)); /* stored, but not heard */
    t.heard = 101;
    append_resolve_heard(t.appender);
    assert_told("S--");
    assert_true(append_is_settled(t.appender)); /* what is held was never sent */
    reconnect();
    answer_seq("$1\r\n1\r\n"); /* a seq of the old epoch says nothing of them */
    assert_told("S--");
    assert_append(0, 1, 2, 1);
    assert_append(1, 2, 2, 2);
}

static void
a_refusal_while_held_sends_nothing_to_the_old_master(void **state)
{
    (void)state;
    post_many(0, 2);
    append_hold(t.appender);
    answer(":-3\r\n");
    answer(":-3\r\n");
    assert_open_commands(0);
    assert_true(append_is_settled(t.appender));
    reconnect();
    answer_seq("$-1\r\n");
    assert_append(0, 0, 2, 1);
    assert_append(1, 1, 2, 2);
}

/* The old master had stored two and nobody heard them; the new one has the first of them. */
static void
a_message_that_the_new_master_does_not_have_goes_out_again(void **state)
{
    (void)state;
    post_many(0, 2);
    answer(":101\r\n");
    answer(":102\r\n");
    append_hold(t.appender);
    reconnect();
    t.heard = 102;
    answer_seq("$1\r\n1\r\n");
    append_resolve_heard(t.appender);
    assert_told("S-");
    assert_append(0, 1, 2, 1);
    answer(":103\r\n");
    append_resolve_heard(t.appender);
    assert_told("S-"); /* its old ts counts no more */
    t.heard = 103;
    append_resolve_heard(t.appender);
    assert_told("SS");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_redis_had_stored_is_told_and_the_rest_goes_out_again),
        TEST(what_a_rule_had_refused_is_not_taken_for_stored),
        TEST(a_seq_may_have_two_digits),
        TEST(nothing_was_stored_if_redis_knows_no_seq),
        TEST(a_lost_answer_about_the_seq_is_asked_for_again),
        TEST(a_question_that_cannot_be_asked_is_asked_a_second_later),
        TEST(an_answer_that_says_nothing_of_the_seq_is_no_answer),
        TEST(a_seq_that_cannot_be_read_says_that_nothing_was_stored),
        TEST(a_break_ends_a_barrier),
        TEST(a_deadline_that_passed_during_the_break_is_told_after_it),
        TEST(held_messages_wait_for_another_connection),
        TEST(a_refusal_while_held_sends_nothing_to_the_old_master),
        TEST(a_message_that_the_new_master_does_not_have_goes_out_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
