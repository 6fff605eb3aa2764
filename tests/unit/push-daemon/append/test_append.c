/* test_append.c - messages are stored in order, and their senders are told. */
#include "tests/unit/push-daemon/append/an_appender.h"

/* ---- the usual ---- */

static void
messages_are_pipelined_with_a_seq_each(void **state)
{
    (void)state;
    post_many(0, 3);
    for (int i = 0; i < 3; i++) {
        assert_append((size_t)i, i, 1, i + 1);
    }
    assert_open_commands(3);
    assert_int_equal(append_open_count(t.appender), 3);
    assert_false(append_is_settled(t.appender));
}

static void
the_sender_is_told_when_its_message_has_come_back(void **state)
{
    (void)state;
    post_many(0, 3);
    answer(":101\r\n");
    answer(":102\r\n");
    append_resolve_heard(t.appender);
    assert_told("---");
    t.heard = 101;
    append_resolve_heard(t.appender);
    assert_told("S--");
    answer(":103\r\n");
    assert_false(append_is_settled(t.appender));
    t.heard = 103;
    append_resolve_heard(t.appender);
    assert_told("SSS");
    assert_true(append_is_settled(t.appender));
    assert_int_equal(append_open_count(t.appender), 0);
    post_many(3, 1);
    assert_append(0, 3, 1, 4); /* in the same epoch */
}

static void
a_message_that_does_not_come_back_is_given_up_in_the_end(void **state)
{
    (void)state;
    post_many(0, 1);
    answer(":101\r\n");
    fake_clock.ms = BEGIN_MS + 2500 + 10000;
    append_resolve_heard(t.appender);
    assert_told("-");
    fake_clock.ms++;
    append_resolve_heard(t.appender);
    assert_told("S");
}

static void
no_message_is_taken_while_redis_is_away(void **state)
{
    (void)state;
    append_on_down(t.appender, fake_node(&t.commands));
    assert_false(post(0));
    append_hold(t.appender); /* there is nothing to hold */
    assert_false(post(0));
    assert_int_equal(append_open_count(t.appender), 0);
    append_on_ready(t.appender, fake_node(&t.commands));
    post_many(0, 1);
    assert_append(0, 0, 2, 1);
}

/* The seq of a message that could not be sent is given to the next one. */
static void
no_message_is_taken_while_too_many_commands_are_under_way(void **state)
{
    (void)state;
    post_many(0, 1);
    t.commands.full = true;
    assert_false(post(1));
    assert_told("--"); /* the caller knows by the result */
    assert_int_equal(append_open_count(t.appender), 1);
    t.commands.full = false;
    post_many(2, 1);
    assert_append(1, 2, 1, 2);
}

static void
no_message_is_taken_while_64_mib_are_open(void **state)
{
    enum {
        QUARTER = 16 << 20
    };
    char *bytes = calloc(1, QUARTER);
    struct append_message m = {BYTES("g"), BYTES("u"), str_make(bytes, QUARTER - 1000),
                               BYTES(""),  BYTES(""),  CMD_UNVERIFIED};

    (void)state;
    append_hold(t.appender);
    for (int i = 0; i < 4; i++) {
        assert_true(append_message(t.appender, NULL, &m, on_outcome, &t.told[i]));
    }
    m.info.len = 4000;
    assert_false(append_message(t.appender, NULL, &m, on_outcome, &t.told[4]));
    assert_true(post(5));
    free(bytes);
}

/* ---- what is counted ---- */

static void
open_bytes_and_times_are_counted(void **state)
{
    (void)state;
    post_many(0, 2);
    append_resolve_heard(t.appender);
    assert_true(t.env.metrics.open_bytes > 0);
    fake_clock.ms += 30;
    answer(":101\r\n");
    answer(":102\r\n");
    t.heard = 102;
    append_resolve_heard(t.appender);
    assert_int_equal(t.env.metrics.open_bytes, 0);
    assert_int_equal(t.env.metrics.append_us.count, 2);
    assert_int_equal(t.env.metrics.append_us.sum, 60000);
}

/* ---- the end ---- */

static void
an_appender_goes_without_telling_the_senders(void **state)
{
    (void)state;
    post_many(0, 2);
    answer(":101\r\n");
    append_destroy(t.appender);
    t.appender = NULL;
    append_destroy(NULL);
    assert_told("--");
}

static void
senders_are_told_in_order(void **state)
{
    (void)state;
    post_many(0, SENDERS);
    for (int i = 0; i < SENDERS; i++) {
        answer(":101\r\n");
    }
    t.heard = 101;
    append_resolve_heard(t.appender);
    assert_int_equal(t.told_count, SENDERS);
    for (int i = 0; i < SENDERS; i++) {
        assert_int_equal(t.order[i], i);
    }
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(messages_are_pipelined_with_a_seq_each),
        TEST(the_sender_is_told_when_its_message_has_come_back),
        TEST(a_message_that_does_not_come_back_is_given_up_in_the_end),
        TEST(no_message_is_taken_while_redis_is_away),
        TEST(no_message_is_taken_while_too_many_commands_are_under_way),
        TEST(no_message_is_taken_while_64_mib_are_open),
        TEST(open_bytes_and_times_are_counted),
        TEST(an_appender_goes_without_telling_the_senders),
        TEST(senders_are_told_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
