/* test_presence_trouble.c - Redis is away, at several nodes, or slow. */
#include "tests/unit/push-daemon/presence/a_presence.h"

/* ---- a cluster ---- */

#define REPORT                                                                                     \
    "EVALSHA presence 3 fim:on:{g} fim:on:{g} fim:on:{g} d 1 3 200 10000 fim:ev:{g} g 0 1"

/* There a lease counts for nothing: a report itself counts for 30 s. */
static void
on_a_cluster_it_is_reported_each_14_seconds(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "redis.cluster", "10.0.0.1:1");
    enter("g", "3");
    for (int i = 0; i < 3; i++) {
        assert_command(&t.commands, 0, REPORT);
        answer(1, "3", 0);
        for (int j = 0; j < 13; j++) {
            advance(1000);
            while (fake_commands_open(&t.commands) > 0) {
                assert_command_begins(&t.commands, 0,
                                      "EVALSHA lease 3 fim:hosts fim:hosts fim:hosts");
                fake_commands_answer(&t.commands, ":0\r\n");
            }
        }
        advance(1250);
    }
}

/* How many reports await a reply, the leases before them being answered. */
static size_t
presence_reports(void)
{
    while (fake_commands_open(&t.commands) > 0 &&
           str_is(fake_commands_word(&t.commands, 0, 1), scripts_cluster[SCRIPT_LEASE].sha1)) {
        fake_commands_answer(&t.commands, ":0\r\n");
    }
    return fake_commands_open(&t.commands);
}

static void
answer_cluster(int online)
{
    assert_true(presence_reports() > 0);
    answer(online, "3", 0);
}

static struct node *
elsewhere(struct str group)
{
    return str_is(group, "g") ? fake_node(&t.commands) : NULL;
}

/* A node that comes back hears of its own groups alone. What was lost goes out again soon. */
static void
on_a_cluster_a_node_is_told_of_its_groups(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "redis.cluster", "10.0.0.1:1");
    t.commands.of = elsewhere;
    enter("g", "3");
    enter("h", "3");
    answer_cluster(1);
    answer_cluster(1);
    presence_on_ready(t.p, fake_node(&t.commands));
    advance(1000);
    advance(250);
    assert_int_equal(presence_reports(), 1);
    assert_command_begins(&t.commands, 0, "EVALSHA presence 3 fim:on:{g}");
    fake_commands_answer(&t.commands, NULL);
    advance(1250);
    assert_int_equal(presence_reports(), 1);
    assert_command_begins(&t.commands, 0, "EVALSHA presence 3 fim:on:{g}");
}

/* ---- Redis in trouble ---- */

static void
while_redis_is_away_a_daemon_knows_its_own_number(void **state)
{
    (void)state;
    enter("g", "3");
    fake_commands_lose(&t.commands);
    assert_state("\"online\":1");
    enter("h", "3");
    enter("h", "4");
    leave("g", "3");
    wait(60000);
    t.commands.ready = true;
    presence_on_ready(t.p, fake_node(&t.commands));
    advance(500);
    assert_int_equal(reports(), 2);
    assert_report("g", 0, "");
    answer(0, "", 0);
    assert_report("h", 2, "3/4");
    answer(2, "3/4", 0);
    wait(20000);
}

static void
a_refusal_is_logged_now_and_then_and_tried_again(void **state)
{
    (void)state;
    enter("g", "3");
    fake_commands_answer(&t.commands, "-OOM command not allowed\r\n");
    assert_state("\"online\":1");
    wait(27900);
    advance(400);
    assert_report("g", 1, "3");
    fake_commands_answer(&t.commands, "-OOM command not allowed\r\n");
    assert_int_equal(fake_log_count("warn presence-refused answer=\"OOM"), 1);
    advance(60000);
    (void)reports();
    fake_commands_answer(&t.commands, "-OOM command not allowed\r\n");
    assert_int_equal(fake_log_count("presence-refused"), 2);
    wait(27900);
    advance(400);
    answer(1, "3", 0);
    assert_told("g {\"type\":\"presence\",\"online\":1,\"users\":[\"3\"]}.");
}

/* How many groups are reported in the next second, and answered. */
static size_t
reports_of_a_second(void)
{
    size_t count = 0;

    for (int i = 0; i < 4; i++) {
        advance(250);
        for (; reports() > 0; count++) {
            answer(1, "u", 0);
        }
    }
    return count;
}

static void
after_a_reconnect_groups_are_reported_over_some_seconds(void **state)
{
    size_t all = 0;

    (void)state;
    enter_many(900);
    fake_commands_lose(&t.commands);
    wait(10000);
    t.commands.ready = true;
    presence_on_ready(t.p, fake_node(&t.commands));
    for (int second = 0; second < 4; second++) {
        size_t count = reports_of_a_second();

        assert_in_range(count, second < 2 ? 200 : 0, 348);
        all += count;
    }
    assert_int_equal(all, 900);
}

/* All began in the same moment. */
static void
no_more_groups_are_due_at_a_time_than_redis_takes(void **state)
{
    size_t all = 0;

    (void)state;
    enter_many(900);
    for (int i = 0; i < 900; i++) {
        answer(1, "u", 0);
    }
    wait(27900);
    for (int second = 0; second < 4; second++) {
        size_t count = reports_of_a_second();

        assert_in_range(count, 0, 348);
        all += count;
    }
    assert_int_equal(all, 900);
}

/* ---- connections ---- */

static void
a_second_connection_is_reported_after_6_s(void **state)
{
    (void)state;
    enter("g", "3");
    assert_int_equal(connections(), 1);
    answer(1, "3", 0);
    enter("g", "3");
    enter("g", "3");
    wait(5900);
    advance(350);
    assert_report("g", 1, "3");
    assert_int_equal(connections(), 3);
    leave("g", "3"); /* while the answer is awaited */
    answer(1, "3", 0);
    wait(5900);
    advance(350);
    assert_int_equal(connections(), 2);
    answer(1, "3", 0);
    wait(5000);
    leave("g", "3");
    wait(3000);
    enter("g", "3");
    wait(19900); /* that changed nothing */
    advance(400);
    assert_report("g", 1, "3");
}

/* Nor is who leaves reported twice. */
static void
a_connection_puts_no_report_off(void **state)
{
    (void)state;
    enter("g", "3");
    answer(1, "7", 2000);
    wait(1000);
    enter("g", "3");
    advance(1250);
    assert_report("g", 1, "3");
    assert_int_equal(connections(), 2);
    answer(2, "3/7", 0);
    enter("g", "8");
    advance(1250);
    answer(3, "3/7/8", 0);
    leave("g", "8");
    wait(4900);
    advance(600);
    assert_report("g", 1, "3");
    assert_int_equal(connections(), 2);
    answer(2, "3/7", 0);
    wait(20000);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(on_a_cluster_it_is_reported_each_14_seconds),
        TEST(on_a_cluster_a_node_is_told_of_its_groups),
        TEST(while_redis_is_away_a_daemon_knows_its_own_number),
        TEST(a_refusal_is_logged_now_and_then_and_tried_again),
        TEST(after_a_reconnect_groups_are_reported_over_some_seconds),
        TEST(no_more_groups_are_due_at_a_time_than_redis_takes),
        TEST(a_second_connection_is_reported_after_6_s),
        TEST(a_connection_puts_no_report_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
