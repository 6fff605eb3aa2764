/* test_presence.c - who is here is reported, and clients are told. */
#include "tests/unit/push-daemon/presence/a_presence.h"

/* ---- reports ---- */

static void
the_first_one_in_a_group_is_reported_at_once(void **state)
{
    (void)state;
    enter("g", "3");
    assert_report("g", 1, "3");
    answer(2, "7/3", 0);
    assert_state("\"online\":2,\"users\":[\"3\",\"7\"]");
    assert_told("");
    enter("h", "3");
    assert_report("h", 1, "3");
    answer(1, "3", 0);
    assert_int_equal(t.env.metrics.presence_reports, 2);
}

static void
all_who_come_within_a_second_are_one_report(void **state)
{
    char id[12];

    (void)state;
    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof(id), "%d", i);
        enter("g", id);
        enter("g", id);
    }
    assert_int_equal(fake_commands_open(&t.commands), 1);
    answer(1, "0", 0);
    wait(999);
    advance(251);
    assert_report("g", 2000, ""); /* more than ids are told of */
    answer(2000, NULL, 0);
    wait(20000);
    enter("g", "late");
    advance(250);
    assert_report("g", 2001, "");
}

static void
who_leaves_is_reported_after_5_s_and_not_if_it_comes_back(void **state)
{
    (void)state;
    enter("g", "3");
    enter("g", "7");
    answer(1, "3", 0);
    advance(1250);
    assert_report("g", 2, "3/7");
    answer(2, "3/7", 0);
    leave("g", "7");
    wait(4900);
    enter("g", "7");
    wait(4900);
    leave("g", "7");
    wait(4999);
    advance(251);
    assert_report("g", 1, "3");
    answer(1, "3", 0);
    leave("g", "nobody");
    leave("nowhere", "3");
    wait(10000);
}

static void
a_group_is_reported_again_each_28_seconds(void **state)
{
    (void)state;
    enter("g", "3");
    answer(1, "3", 0);
    for (int i = 0; i < 3; i++) {
        wait(27900);
        advance(400);
        assert_report("g", 1, "3");
        answer(1, "3", 0);
    }
}

static void
what_is_not_told_yet_is_reported_again_when_it_may_be(void **state)
{
    (void)state;
    enter("g", "3");
    answer(1, "7", 700);
    wait(700);
    advance(550); /* no group twice a second */
    assert_report("g", 1, "3");
    answer(1, "7", 9000);
    wait(8999);
    advance(251);
    assert_report("g", 1, "3");
    answer(2, "3/7", 0);
    assert_told("g {\"type\":\"presence\",\"online\":2,\"joined\":[\"3\"]}.");
    advance(28250);
    answer(2, "3/7", 3600000); /* a long interval: the report itself may be lost meanwhile */
    wait(27900);
    advance(400);
    assert_report("g", 1, "3");
}

static void
a_group_without_users_is_reported_until_that_is_told(void **state)
{
    (void)state;
    enter("g", "3");
    answer(1, "3", 0);
    leave("g", "3");
    advance(5250);
    advance(250);
    assert_report("g", 0, "");
    answer(1, "3", 1000);
    advance(1250);
    assert_report("g", 0, "");
    answer(0, "", 0);
    wait(60000); /* it is forgotten */
    assert_state("\"online\":0");
}

/* Nobody has listened to the group's events, so nothing is known. */
static void
who_comes_while_the_last_one_is_away_asks_anew(void **state)
{
    (void)state;
    enter("g", "3");
    answer(2, "3/7", 0);
    leave("g", "3");
    wait(3000);
    enter("g", "3");
    assert_report("g", 1, "3");
    answer(3, "3/8/9", 0);
    assert_state("\"online\":3,\"users\":[\"3\",\"8\",\"9\"]");
    assert_told("");
    leave("g", "3");
    advance(5250); /* reported, and not answered yet */
    advance(250);
    assert_report("g", 0, "");
    hear("{\"do\":\"presence\",\"online\":2,\"users\":[\"8\",\"9\"]}");
    assert_told("g {\"type\":\"presence\",\"online\":2,\"left\":[\"3\"]}.");
    enter("g", "4");
    assert_int_equal(reports(), 1); /* the answer to that will do */
    answer(2, "8/9", 0);
    assert_told("");
    assert_state("\"online\":2,\"users\":[\"8\",\"9\"]");
    advance(1250);
    assert_report("g", 1, "4");
}

static void
ids_are_reported_as_in_json_and_only_of_few(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "im.presence.names", "2");
    enter("g", "\"");
    assert_bytes(fake_commands_word(&t.commands, 0, 8), BYTES("\\\""));
    answer(1, "\\\"", 0);
    assert_state("\"online\":1,\"users\":[\"\\\"\"]");
    enter("g", "b");
    enter("g", "c");
    advance(1250);
    (void)reports();
    assert_bytes(fake_commands_word(&t.commands, 0, 7), BYTES("3"));
    assert_bytes(fake_commands_word(&t.commands, 0, 8), BYTES(""));
}

/* ---- what clients are told ---- */

static void
events_are_told_if_they_are_news(void **state)
{
    (void)state;
    hear("{\"do\":\"presence\",\"online\":9}"); /* of no group here */
    enter("g", "3");
    answer(2, "3/7", 0);
    hear("{\"do\":\"presence\",\"online\":2,\"users\":[\"3\",\"7\"]}");
    assert_told("");
    hear("{\"do\":\"presence\",\"online\":2,\"users\":[\"3\",\"8\"]}");
    assert_told("g {\"type\":\"presence\",\"online\":2,\"joined\":[\"8\"],\"left\":[\"7\"]}.");
    assert_state("\"online\":2,\"users\":[\"3\",\"8\"]");
    hear("{\"do\":\"presence\",\"online\":300}");
    assert_told("g {\"type\":\"presence\",\"online\":300}.");
    hear("{\"do\":\"close\"}");
    assert_told("");
}

static void
an_event_that_was_missed_is_told_after_the_next_report(void **state)
{
    (void)state;
    enter("g", "3");
    answer(1, "3", 0);
    presence_on_subscribed(t.p, str_of("g"));
    presence_on_subscribed(t.p, str_of("nowhere"));
    advance(1250);
    answer(2, "3/7", 0);
    assert_told("g {\"type\":\"presence\",\"online\":2,\"joined\":[\"7\"]}.");
}

/* The event may have been published after the script had run that is answered now. */
static void
an_event_that_came_meanwhile_counts_more_than_the_reply(void **state)
{
    (void)state;
    enter("g", "3");
    answer(1, "3", 0);
    enter("g", "4");
    advance(1250);
    hear("{\"do\":\"presence\",\"online\":3,\"users\":[\"3\",\"4\",\"5\"]}");
    assert_told("g {\"type\":\"presence\",\"online\":3,\"joined\":[\"4\",\"5\"]}.");
    answer(2, "3/4", 0);
    assert_told("");
    assert_state("\"online\":3,\"users\":[\"3\",\"4\",\"5\"]");
    wait(27000);
    advance(1500);
    answer(4, "3/4/5/6", 0);
    assert_told("g {\"type\":\"presence\",\"online\":4,\"joined\":[\"6\"]}.");
}

static void
an_event_before_the_first_reply_is_the_state(void **state)
{
    (void)state;
    enter("g", "3");
    hear("{\"do\":\"presence\",\"online\":2,\"users\":[\"3\",\"4\"]}");
    answer(1, "3", 0);
    assert_state("\"online\":2,\"users\":[\"3\",\"4\"]");
    assert_told("");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_first_one_in_a_group_is_reported_at_once),
        TEST(all_who_come_within_a_second_are_one_report),
        TEST(who_leaves_is_reported_after_5_s_and_not_if_it_comes_back),
        TEST(a_group_is_reported_again_each_28_seconds),
        TEST(what_is_not_told_yet_is_reported_again_when_it_may_be),
        TEST(a_group_without_users_is_reported_until_that_is_told),
        TEST(who_comes_while_the_last_one_is_away_asks_anew),
        TEST(ids_are_reported_as_in_json_and_only_of_few),
        TEST(events_are_told_if_they_are_news),
        TEST(an_event_that_was_missed_is_told_after_the_next_report),
        TEST(an_event_that_came_meanwhile_counts_more_than_the_reply),
        TEST(an_event_before_the_first_reply_is_the_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
