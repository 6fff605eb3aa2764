/* test_append_refusals.c - what Redis refuses is told, or goes out once more. */
#include "tests/unit/push-daemon/append/an_appender.h"

/* ---- refusals ---- */

/* One of five is refused, the ones behind it as out of order. When all are answered, they go
 * again. */
static void
those_behind_a_refused_one_go_out_again_in_a_new_epoch(void **state)
{
    (void)state;
    post_many(0, 5);
    answer(":101\r\n");
    answer("-OOM no\r\n");
    assert_told("-R---");
    post_many(5, 1); /* waits behind the barrier */
    assert_open_commands(3);
    answer(":-3\r\n");
    answer(":-3\r\n");
    assert_open_commands(1);
    answer(":-3\r\n");
    assert_told("SR----");
    for (int i = 0; i < 4; i++) {
        assert_append((size_t)i, 2 + i, 2, i + 1);
    }
    assert_open_commands(4);
    post_many(6, 1);
    assert_append(4, 6, 2, 5);
}

/* The answer of Redis to a message, and what its sender is told. */
static void
a_refusal_is_told(void **state)
{
    static const struct {
        const char *answer;
        const char *told;
        int logged;
    } rows[] = {
        {"-WRONGTYPE Operation\r\n", "R", 1}, /* the group's key is no list */
        {"-OOM command not allowed\r\n", "R", 1},
        {"$2\r\nno\r\n", "R", 0}, /* no answer of the script */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        post_many(0, 1);
        answer(rows[i].answer);
        assert_told(rows[i].told);
        assert_int_equal(append_open_count(t.appender), 0);
        assert_int_equal(fake_log_count("append-refused"), rows[i].logged);
        post_many(1, 1);
        assert_append(0, 1, 2, 1); /* the barrier was left at once */
    }
}

/* Its seq is used: nobody behind it waits, and no epoch begins. */
static void
a_refusal_by_a_rule_holds_up_nobody(void **state)
{
    static const struct {
        const char *answer;
        const char *told;
    } rows[] = {
        {":-1\r\n", "-L---"},
        {":-4\r\n", "-J---"},
        {"*3\r\n:-5\r\n$4\r\nroom\r\n:300\r\n", "-A---"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        post_many(0, 3);
        answer(":101\r\n");
        answer(rows[i].answer);
        assert_told(rows[i].told);
        post_many(3, 1);
        assert_append(0, 2, 1, 3);
        assert_append(1, 3, 1, 4);
        answer(":102\r\n");
        answer(":103\r\n");
        t.heard = 103;
        append_resolve_heard(t.appender);
        assert_int_equal(t.told_count, 4);
        assert_int_equal(fake_log_count("append-refused"), 0);
    }
}

static void
refusals_are_logged_every_ten_seconds_with_their_count(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        post_many(i, 1);
        answer("-OOM no\r\n");
    }
    assert_int_equal(fake_log_count("append-refused"), 1);
    assert_int_equal(fake_log_count("answer=\"OOM no\" so-far=1\n"), 1);
    fake_clock.ms += 9999;
    post_many(3, 1);
    answer("-OOM no\r\n");
    assert_int_equal(fake_log_count("append-refused"), 1);
    fake_clock.ms++;
    post_many(4, 1);
    answer("-OOM no\r\n");
    assert_int_equal(fake_log_count("so-far=5\n"), 1);
}

static void
a_lost_script_is_loaded_once_and_all_go_out_again(void **state)
{
    (void)state;
    post_many(0, 3);
    answer("-NOSCRIPT No matching script\r\n");
    answer("-NOSCRIPT No matching script\r\n");
    assert_open_commands(1);
    answer(":-3\r\n"); /* somebody else has loaded it meanwhile */
    assert_told("---");
    assert_command(&t.commands, 0, "SCRIPT LOAD append");
    for (int i = 0; i < 3; i++) {
        assert_append((size_t)i + 1, i, 2, i + 1);
    }
    assert_open_commands(4);
    answer("$1\r\nx\r\n");
    for (int i = 0; i < 3; i++) {
        answer(":101\r\n");
    }
    t.heard = 101;
    append_resolve_heard(t.appender);
    assert_told("SSS");
    assert_int_equal(fake_log_count("append-refused"), 0);
    post_many(3, 1);
    answer(":-3\r\n");
    assert_append(0, 3, 3, 1); /* the script is there: it is not loaded again */
}

/* As when Redis loses the script again and again. */
static void
a_message_whose_deadline_has_passed_is_not_sent_again(void **state)
{
    (void)state;
    post_many(0, 2);
    fake_clock.ms = BEGIN_MS + 2500;
    answer("-NOSCRIPT No matching script\r\n");
    answer("-NOSCRIPT No matching script\r\n");
    assert_open_commands(3); /* just in time */
    fake_clock.ms++;
    answer("+OK\r\n");
    answer("-NOSCRIPT No matching script\r\n");
    answer("-NOSCRIPT No matching script\r\n");
    assert_told("RR");
    assert_int_equal(append_open_count(t.appender), 0);
}

static void
a_message_that_cannot_be_sent_again_is_refused(void **state)
{
    (void)state;
    post_many(0, 2);
    answer(":-3\r\n");
    t.commands.full = true;
    answer(":-3\r\n");
    assert_told("RR");
    t.commands.full = false;
    post_many(2, 1);
    assert_append(0, 2, 2, 1);
}

/* ---- Redis' clock ---- */

/* As readiness has it. */
static bool
is_late(void)
{
    append_resolve_heard(t.appender);
    return t.env.metrics.late != 0;
}

/* Too late, by Redis' clock, which shows this. */
static void
answer_too_late(int64_t redis_ms)
{
    char wire[60];

    snprintf(wire, sizeof(wire), "*2\r\n:-2\r\n:%" PRId64 "\r\n", redis_ms);
    answer(wire);
}

/* Redis' clock has stepped: three were under way. None is lost, their order stands, and the
 * deadlines are the same moments, by the clock as it is now. */
static void
a_step_of_the_clock_costs_no_message(void **state)
{
    static const int64_t steps[] = {3000, 3600000, INT64_C(10) * 365 * 86400000};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        int64_t now = NOW + steps[i];

        restart(state);
        post_many(0, 3);
        fake_clock.ms += 100;
        answer_too_late(now + 100);
        answer(":-3\r\n");
        post_many(3, 1); /* by the right clock, behind the barrier */
        assert_open_commands(1);
        answer(":-3\r\n");
        assert_told("----");
        for (int m = 0; m < 4; m++) {
            assert_append_until((size_t)m, m, 2, m + 1, now + 2500 + (m == 3 ? 100 : 0));
        }
        assert_open_commands(4);
        for (int m = 0; m < 4; m++) {
            answer(":101\r\n");
        }
        t.heard = 101;
        append_resolve_heard(t.appender);
        assert_told("SSSS");
        assert_int_equal(t.env.metrics.clock_steps, 1);
        assert_int_equal(t.env.metrics.messages_late, 0);
        assert_int_equal(fake_log_count("redis-clock-step"), 1);
        assert_false(is_late());
    }
}

/* Its sender is told, and it is not sent any more: its time is over on our own clock. */
static void
a_message_gets_no_more_time_by_a_step(void **state)
{
    (void)state;
    post_many(0, 2);
    fake_clock.ms += 2500;
    answer_too_late(NOW + 3602500);
    fake_clock.ms++;
    answer(":-3\r\n");
    assert_told("RR");
    assert_open_commands(0);
    assert_int_equal(t.env.metrics.messages_late, 2);
    assert_false(is_late()); /* they had no time left */
    post_many(2, 1);
    assert_append_until(0, 2, 2, 1, NOW + 3600000 + 5001);
}

/* Redis hung, and refuses when it goes on. Its clock is right. */
static void
a_hang_is_no_step_of_the_clock(void **state)
{
    (void)state;
    post_many(0, 1);
    fake_clock.ms += 10000;
    answer_too_late(NOW + 9000);
    assert_told("R");
    assert_int_equal(t.env.redis_clock.ahead_ms, NOW - BEGIN_MS);
    assert_int_equal(t.env.metrics.clock_steps, 0);
    assert_int_equal(t.env.metrics.messages_late, 1);
    assert_int_equal(fake_log_count("append-refused answer=\"too late\" so-far=1\n"), 1);
    assert_false(is_late());
}

/* The clock moves between any two messages, say. It is said, and told by readiness. */
static void
a_message_is_tried_once_more_and_not_for_ever(void **state)
{
    (void)state;
    post_many(0, 1);
    answer_too_late(NOW + 10000);
    assert_told("-");
    answer_too_late(NOW + 20000);
    assert_told("R");
    assert_open_commands(0);
    assert_true(is_late());
    assert_int_equal(t.env.metrics.messages_late, 1);
    assert_int_equal(fake_log_count("append-refused answer=\"too late\" so-far=1\n"), 1);
    fake_clock.ms += 9999;
    assert_true(is_late());
    fake_clock.ms++;
    assert_false(is_late()); /* nobody sends any more, perhaps for that reason */
    post_many(1, 1);
    answer_too_late(NOW + 100000);
    answer_too_late(NOW + 200000);
    assert_true(is_late());
    post_many(2, 1);
    answer(":101\r\n");
    assert_false(is_late());
}

/* Refused by time and to be tried again, when the connection breaks, or is given up. */
static void
a_second_try_waits_for_the_next_connection(void **state)
{
    (void)state;
    for (int held = 0; held < 2; held++) {
        restart(state);
        post_many(0, 3);
        if (held) {
            append_hold(t.appender);
        }
        answer(":101\r\n");
        answer_too_late(NOW + 3600000);
        assert_told("---");
        reconnect();
        answer_seq("$1\r\n1\r\n"); /* of these it was the first alone */
        assert_told("S--");
        assert_append_until(0, 1, 2, 1, NOW + 3600000 + 2500);
        assert_append_until(1, 2, 2, 2, NOW + 3600000 + 2500);
        assert_open_commands(2);
    }
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_refusal_by_a_rule_holds_up_nobody),
        TEST(those_behind_a_refused_one_go_out_again_in_a_new_epoch),
        TEST(a_refusal_is_told),
        TEST(refusals_are_logged_every_ten_seconds_with_their_count),
        TEST(a_lost_script_is_loaded_once_and_all_go_out_again),
        TEST(a_message_whose_deadline_has_passed_is_not_sent_again),
        TEST(a_message_that_cannot_be_sent_again_is_refused),
        TEST(a_step_of_the_clock_costs_no_message),
        TEST(a_message_gets_no_more_time_by_a_step),
        TEST(a_hang_is_no_step_of_the_clock),
        TEST(a_message_is_tried_once_more_and_not_for_ever),
        TEST(a_second_try_waits_for_the_next_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
