/* test_presence.c - who is online: what is reported when, and what clients are told. */
#include "push-daemon/presence/presence.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/fake_nodes.h"
#include "tests/unit/push-daemon/fake_log.h"

static struct test {
    struct a_env env;
    struct nodes commands;
    struct presence *p;
    struct text told; /* as "g {…}." */
} t;

static void
on_tell(void *ctx, struct str group, struct str frame)
{
    assert_ptr_equal(ctx, &t);
    text_add(&t.told, group.p, group.len);
    text_add_str(&t.told, " ");
    text_add(&t.told, frame.p, frame.len);
    text_add_str(&t.told, ".");
}

static void
create(const char *on)
{
    const struct presence_hooks hooks = {&t, on_tell};

    memset(&t, 0, sizeof(t));
    fake_log_clear();
    a_env_make(&t.env);
    a_config_set(&t.env.config, "im.presence.on", on);
    t.commands.ready = true;
    t.p = presence_create(&t.env.env, &t.commands, str_of("d"), &hooks);
    text_init(&t.told);
}

static int
setup(void **state)
{
    (void)state;
    create("1");
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    presence_destroy(t.p);
    fake_commands_free(&t.commands);
    text_fini(&t.told);
    a_env_free(&t.env);
    return 0;
}

/* ---- what the tests say ---- */

static void
enter(const char *group, const char *user)
{
    presence_enter(t.p, str_of(group), str_of(user));
}

static void
leave(const char *group, const char *user)
{
    presence_leave(t.p, str_of(group), str_of(user));
}

static bool
is_lease(void)
{
    return str_is(fake_commands_word(&t.commands, 0, 1), scripts[SCRIPT_LEASE].sha1);
}

/* How many reports await a reply; leases are answered. */
static size_t
reports(void)
{
    while (fake_commands_open(&t.commands) > 0 && is_lease()) {
        fake_commands_answer(&t.commands, ":0\r\n");
    }
    return fake_commands_open(&t.commands);
}

/* Time passes; nothing is reported meanwhile. */
static void
wait(int64_t ms)
{
    for (; ms > 0; ms -= 1000) {
        fake_loop_advance(t.env.env.loop, ms < 1000 ? ms : 1000);
        assert_int_equal(reports(), 0);
    }
}

static void
advance(int64_t ms)
{
    fake_loop_advance(t.env.env.loop, ms);
}

/* Those that the oldest report tells of. */
static int
connections(void)
{
    return atoi(fake_commands_word(&t.commands, 0, 14).p);
}

/* The oldest report is this one, whatever it says of connections. */
static void
assert_report(const char *group, int users, const char *ids)
{
    char words[300];

    assert_true(reports() > 0);
    snprintf(words, sizeof(words),
             "EVALSHA presence 3 fim:on:%s fim:hosts fim:top d %d %s 200 10000 fim:ev:%s %s 0 %d",
             group, users, ids, group, group, connections());
    assert_command(&t.commands, 0, words);
    assert_true(t.commands.sent[t.commands.first].script);
}

/* Redis says what was told last: ids NULL: none. */
static void
answer(int online, const char *ids, int wait_ms)
{
    char told[300] = "$-1", wire[400];

    assert_true(reports() > 0);
    if (ids != NULL) {
        snprintf(told, sizeof(told), "$%zu\r\n%s", strlen(ids), ids);
    }
    snprintf(wire, sizeof(wire), "*3\r\n:%d\r\n%s\r\n:%d\r\n", online, told, wait_ms);
    fake_commands_answer(&t.commands, wire);
}

static void
hear(const char *event)
{
    presence_on_event(t.p, str_of("g"), str_of(event));
}

static void
assert_told(const char *wanted)
{
    text_add_str(&t.told, "");
    assert_bytes(text_str(&t.told), str_of(wanted));
    text_clear(&t.told);
}

static void
assert_state(const char *wanted)
{
    struct text state;

    text_init(&state);
    presence_add_state(t.p, str_of("g"), &state);
    assert_bytes(text_str(&state), str_of(wanted));
    text_fini(&state);
}

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

static void
enter_many(int groups)
{
    char id[12];

    for (int i = 0; i < groups; i++) {
        snprintf(id, sizeof(id), "%d", i);
        enter(id, "u");
    }
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
        TEST(on_a_cluster_it_is_reported_each_14_seconds),
        TEST(on_a_cluster_a_node_is_told_of_its_groups),
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
        TEST(while_redis_is_away_a_daemon_knows_its_own_number),
        TEST(a_refusal_is_logged_now_and_then_and_tried_again),
        TEST(after_a_reconnect_groups_are_reported_over_some_seconds),
        TEST(no_more_groups_are_due_at_a_time_than_redis_takes),
        TEST(a_second_connection_is_reported_after_6_s),
        TEST(a_connection_puts_no_report_off),
        TEST(a_lease_is_renewed_each_5_seconds),
        TEST(a_lease_that_had_run_out_makes_all_be_reported_again),
        TEST(a_daemon_that_ends_leaves_all_groups),
        TEST(its_lease_ends_first),
        TEST(a_daemon_without_groups_ends_its_lease),
        TEST(without_redis_a_daemon_just_ends),
        TEST(nothing_is_counted_or_asked_if_it_is_off),
    };

    return cmocka_run_group_tests_name("presence", tests, NULL, NULL);
}
