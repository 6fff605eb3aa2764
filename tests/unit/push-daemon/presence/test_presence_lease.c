/* test_presence_lease.c - a daemon's lease, which it renews, and ends. */
#include "tests/unit/push-daemon/presence/a_presence.h"

/* ---- the lease ---- */

static const char *
host(void)
{
    static char name[256];

    assert_int_equal(gethostname(name, sizeof(name)), 0);
    return name;
}

static void
assert_lease_ends(void)
{
    char words[500];

    snprintf(words, sizeof(words),
             "EVALSHA lease 3 fim:hosts fim:top fim:daemons d 0 fim:on: 0 "
             "{\"host\":\"%s\",\"connections\":0,\"groups\":0}",
             host());
    assert_command(&t.commands, 0, words);
}

static void
a_lease_is_renewed_each_5_seconds(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        char words[500];

        t.env.metrics.connections = 17 + (uint64_t)i;
        t.env.metrics.groups = 3;
        advance(i == 0 ? 250 : 1);
        snprintf(words, sizeof(words),
                 "EVALSHA lease 3 fim:hosts fim:top fim:daemons d 1 fim:on: %d "
                 "{\"host\":\"%s\",\"connections\":%d,\"groups\":3}",
                 10 * i, host(), 17 + i);
        assert_command(&t.commands, 0, words);
        fake_commands_answer(&t.commands, ":0\r\n");
        advance(4999);
    }
    advance(1000);
    fake_commands_answer(&t.commands, ":0\r\n");
    advance(1000);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    presence_on_ready(t.p, fake_node(&t.commands));
    advance(250);
    assert_true(is_lease());
}

static void
a_lease_that_had_run_out_makes_all_be_reported_again(void **state)
{
    (void)state;
    enter("g", "3");
    answer(1, "3", 0);
    wait(5000);
    advance(250);
    assert_true(is_lease());
    fake_commands_answer(&t.commands, ":1\r\n");
    advance(250);
    assert_report("g", 1, "3");
}

/* ---- the end ---- */

static void
a_daemon_that_ends_leaves_all_groups(void **state)
{
    int calls;

    (void)state;
    enter_many(250);
    for (int i = 0; i < 249; i++) {
        answer(1, "u", 0);
    }
    leave("7", "u"); /* it stays for 5 s otherwise */
    assert_false(presence_stop(t.p));
    assert_int_equal(reports(), 102); /* and one that was under way, and the lease */
    answer(1, "u", 0);
    assert_int_equal(reports(), 100);
    assert_command(&t.commands, 0,
                   "EVALSHA presence 3 fim:on:0 fim:hosts fim:top d 0  200 10000 "
                   "fim:ev:0 0 1 0");
    for (calls = 1; !presence_stop(t.p); calls++) {
        for (size_t open = reports(); open > 0; open--) {
            answer(0, "", 0);
        }
    }
    assert_int_equal(calls, 3);
    enter("g", "3");
    leave("0", "u");
    wait(60000);
}

static void
its_lease_ends_first(void **state)
{
    (void)state;
    enter("g", "3");
    answer(1, "3", 0);
    assert_false(presence_stop(t.p));
    assert_lease_ends();
    fake_commands_answer(&t.commands, ":1\r\n");
    leave("g", "3");
    fake_commands_answer(&t.commands, "-OOM command not allowed\r\n"); /* it cannot be helped */
    assert_true(presence_stop(t.p));
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

static void
a_daemon_without_groups_ends_its_lease(void **state)
{
    (void)state;
    assert_false(presence_stop(t.p));
    assert_lease_ends();
    assert_true(presence_stop(t.p));
    assert_int_equal(fake_commands_open(&t.commands), 1);
}

static void
without_redis_a_daemon_just_ends(void **state)
{
    (void)state;
    enter("g", "3");
    fake_commands_lose(&t.commands);
    assert_true(presence_stop(t.p));
}

static void
nothing_is_counted_or_asked_if_it_is_off(void **state)
{
    teardown(state);
    create("0");
    enter("g", "3");
    presence_on_ready(t.p, fake_node(&t.commands));
    leave("g", "3");
    advance(60000);
    assert_true(presence_stop(t.p));
    assert_int_equal(t.commands.count, 0);
    assert_int_equal(fake_loop_timer_count(t.env.env.loop), 0);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_lease_is_renewed_each_5_seconds),
        TEST(a_lease_that_had_run_out_makes_all_be_reported_again),
        TEST(a_daemon_that_ends_leaves_all_groups),
        TEST(its_lease_ends_first),
        TEST(a_daemon_without_groups_ends_its_lease),
        TEST(without_redis_a_daemon_just_ends),
        TEST(nothing_is_counted_or_asked_if_it_is_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
