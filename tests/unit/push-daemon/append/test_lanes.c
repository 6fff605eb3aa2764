/* test_lanes.c - on a cluster each group has an order of its own, and goes where its slot goes. */
#include "push-daemon/append/append.h"

#include <stdio.h>

#include "push-daemon/hub/hub.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/fake_log.h"
#include "tests/unit/push-daemon/fake_nodes.h"

enum {
    SENDERS = 30
};

static struct test {
    struct a_env env;
    struct nodes one, two; /* two nodes; the first one stands for the set */
    struct redis_clock clock_one, clock_two;
    struct nodes *owner[128]; /* by the first letter of a group; NULL: nobody */
    struct appender *appender;
    int64_t heard;
    char told[SENDERS + 1];
} t;

/* ---- hub/hub.h, the map ---- */

bool
hub_has_heard(const struct hub *hub, struct str group, int64_t ts)
{
    (void)hub;
    (void)group;
    return ts <= t.heard;
}

static struct node *
owner_of(struct str group)
{
    struct nodes *owner = t.owner[(unsigned char)group.p[0]];

    return owner != NULL ? fake_node(owner) : NULL;
}

/* ---- the scene ---- */

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_env_make(&t.env);
    a_config_set(&t.env.config, "redis.cluster", "10.0.0.1:1");
    fake_log_clear();
    fake_clock.ms = 5000;
    t.clock_one.ahead_ms = 1000;
    t.clock_two.ahead_ms = 2000;
    t.one = (struct nodes){.ready = true, .clock = &t.clock_one, .of = owner_of};
    t.two = (struct nodes){.ready = true, .clock = &t.clock_two, .of = owner_of};
    t.owner['a'] = t.owner['b'] = &t.one;
    t.owner['c'] = &t.two;
    t.appender = append_create(&t.env.env, &t.one, BYTES("node"), NULL);
    memset(t.told, '-', SENDERS);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    append_destroy(t.appender);
    fake_commands_free(&t.one);
    fake_commands_free(&t.two);
    a_env_free(&t.env);
    return 0;
}

static void
on_outcome(void *arg, const struct append_outcome *outcome)
{
    char *mark = arg;

    assert_int_equal(*mark, '-'); /* told once */
    *mark = "SLRJA"[outcome->result];
}

/* Sender i sends the message "mI." to the group. */
static bool
post(const char *group, int i)
{
    char info[16];
    struct append_message m = {str_of(group), BYTES("u"), str_make(NULL, 0),
                               BYTES(""),     BYTES(""),  CMD_VERIFIED};

    snprintf(info, sizeof(info), "m%d.", i);
    m.info = str_of(info);
    return append_message(t.appender, NULL, &m, on_outcome, &t.told[i]);
}

static void
assert_told(const char *wanted)
{
    append_resolve_heard(t.appender);
    assert_bytes(str_make(t.told, strlen(wanted)), str_of(wanted));
}

/* The messages that await a reply of the node, or the first words of other commands. */
static void
assert_sent(struct nodes *node, const char *wanted)
{
    char sent[256] = "";

    for (size_t i = 0; i < fake_commands_open(node); i++) {
        struct text all;
        char *info;

        text_init(&all);
        fake_commands_print(node, i, &all, __FILE__, __LINE__);
        info = memmem(all.bytes, all.len, "\"info\":\"", 8);
        if (info != NULL) {
            snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent), "%.*s",
                     (int)(strchr(info, '.') - info - 7), info + 8);
        } else {
            snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent), "%.*s ",
                     (int)strcspn(all.bytes, " "), all.bytes);
        }
        text_fini(&all);
    }
    assert_string_equal(sent, wanted);
}

static void
lose(struct nodes *node)
{
    fake_commands_lose(node);
    append_on_down(t.appender, fake_node(node));
}

static void
go_by(int64_t ms)
{
    fake_clock.ms += ms;
    fake_loop_advance(t.env.env.loop, ms);
}

#define MOVED    "-MOVED 5 10.0.0.2:2\r\n"
#define TRYAGAIN "-TRYAGAIN Multiple keys request during rehashing of slot\r\n"

/* ---- groups apart ---- */

static void
each_group_goes_to_its_node_in_its_order(void **state)
{
    (void)state;
    assert_true(post("a", 0));
    assert_true(post("c", 1));
    assert_true(post("b", 2));
    assert_true(post("a", 3));
    assert_sent(&t.one, "m0.m2.m3.");
    assert_sent(&t.two, "m1.");
    fake_commands_answer(&t.two, ":7\r\n");
    t.heard = 7;
    assert_told("-S--");
    assert_int_equal(append_open_count(t.appender), 3);
    assert_true(append_is_settled(t.appender)); /* no failover waits for a cluster */
}

static void
without_a_node_nothing_is_taken(void **state)
{
    (void)state;
    assert_false(post("x", 0));
    t.two.ready = false;
    assert_false(post("c", 1));
    assert_true(post("a", 2));
    assert_int_equal(append_open_count(t.appender), 1);
}

static void
what_one_group_is_refused_holds_up_no_other(void **state)
{
    (void)state;
    assert_true(post("a", 0));
    assert_true(post("b", 1));
    assert_true(post("a", 2));
    fake_commands_answer(&t.one, "-OOM command not allowed\r\n"); /* m0: a barrier, for m2 */
    assert_true(post("a", 3));
    assert_true(post("b", 4));
    assert_sent(&t.one, "m1.m2.m4.");
    fake_commands_answer(&t.one, ":5\r\n");  /* m1 */
    fake_commands_answer(&t.one, ":-3\r\n"); /* m2: out of order; it goes out again, with m3 */
    assert_sent(&t.one, "m4.m2.m3.");
    t.heard = 5;
    assert_told("RS---");
}

/* Each node's own clock counts. */
static void
the_deadline_is_by_the_clock_of_the_node(void **state)
{
    (void)state;
    assert_true(post("a", 0));
    assert_true(post("c", 1));
    assert_non_null(
        memmem(t.one.sent[0].argv.bytes.bytes, t.one.sent[0].argv.bytes.len, "8500", 4));
    assert_non_null(
        memmem(t.two.sent[0].argv.bytes.bytes, t.two.sent[0].argv.bytes.len, "9500", 4));
}

/* ---- slots that move ---- */

static void
moved_goes_out_again_where_the_slot_is(void **state)
{
    (void)state;
    assert_true(post("a", 0));
    assert_true(post("a", 1));
    t.owner['a'] = &t.two; /* the set has learned it of the reply */
    fake_commands_answer(&t.one, MOVED);
    assert_true(post("a", 2)); /* it is kept until all are answered */
    assert_sent(&t.one, "m1.");
    fake_commands_answer(&t.one, MOVED);
    assert_told("---");
    go_by(25);
    assert_sent(&t.one, "");
    assert_sent(&t.two, "m0.m1.m2.");
    for (int i = 0; i < 3; i++) {
        fake_commands_answer(&t.two, ":7\r\n");
    }
    t.heard = 7;
    assert_told("SSS");
}

static void
tryagain_waits_and_has_its_time(void **state)
{
    (void)state;
    assert_true(post("a", 0));
    for (int i = 0; i < 100; i++) {
        assert_sent(&t.one, "m0.");
        fake_commands_answer(&t.one, i % 2 == 0 ? TRYAGAIN : "-ASK 5 10.0.0.2:2\r\n");
        assert_told("-");
        assert_sent(&t.one, "");
        go_by(25);
    }
    assert_sent(&t.one, "m0.");
    fake_commands_answer(&t.one, TRYAGAIN);
    assert_told("-");
    go_by(25);
    assert_told("R"); /* 2.5 s are over */
    assert_sent(&t.one, "");
}

/* Those under way are answered by the old node first; then the new one is asked what it has. */
static void
a_map_that_changes_moves_the_lane(void **state)
{
    (void)state;
    assert_true(post("a", 0));
    assert_true(post("a", 1));
    t.owner['a'] = &t.two;
    append_on_map(t.appender);
    assert_true(post("a", 2));
    assert_sent(&t.one, "m0.m1.");
    assert_sent(&t.two, "");
    fake_commands_answer(&t.one, ":5\r\n"); /* stored, and not heard yet */
    fake_commands_answer(&t.one, MOVED);
    assert_told("---");
    assert_sent(&t.one, "");
    assert_sent(&t.two, "LRANGE ");
    assert_told("---"); /* it is asked once */
    assert_sent(&t.two, "LRANGE ");
    fake_commands_answer(&t.two, "*0\r\n");
    fake_commands_answer(&t.two, "$14\r\n1 1 1700000000\r\n"); /* the slot has come with it */
    assert_told("S--");
    assert_sent(&t.two, "m1.m2.");
}

/* The slot moves on while the node is asked. */
static void
a_lane_that_looks_moves_on(void **state)
{
    (void)state;
    assert_true(post("a", 0));
    lose(&t.one);
    t.owner['a'] = &t.two;
    append_on_map(t.appender);
    assert_sent(&t.two, "LRANGE ");
    t.one.ready = true;
    t.owner['a'] = &t.one;
    append_on_map(t.appender);
    assert_sent(&t.one, "");
    fake_commands_answer(&t.two, MOVED);
    assert_told("-");
    assert_sent(&t.two, "");
    assert_sent(&t.one, "LRANGE ");
    fake_commands_answer(&t.one, "-LOADING soon\r\n"); /* it is asked again, a second later */
    assert_told("-");
    assert_sent(&t.one, "");
    fake_loop_advance(t.env.env.loop, 1000);
    assert_told("-");
    assert_sent(&t.one, "LRANGE ");
    fake_commands_answer(&t.one, "*0\r\n");
    fake_commands_answer(&t.one, "$-1\r\n");
    assert_sent(&t.one, "m0.");
}

/* It was stored there and not replicated: it goes out again. */
static void
what_a_failover_lost_goes_out_again(void **state)
{
    (void)state;
    assert_true(post("a", 0));
    fake_commands_answer(&t.one, ":5\r\n");
    assert_true(post("a", 1));
    lose(&t.one);
    assert_false(post("a", 2)); /* nobody is known to have the slot */
    t.owner['a'] = &t.two;
    append_on_map(t.appender);
    assert_sent(&t.two, "LRANGE ");
    assert_true(post("a", 3)); /* kept until that is known */
    fake_commands_answer(&t.two, "*0\r\n");
    fake_commands_answer(&t.two, "$-1\r\n");
    assert_sent(&t.two, "m0.m1.m3.");
    assert_told("----");
}

static void
a_node_that_comes_back_is_asked(void **state)
{
    (void)state;
    assert_true(post("a", 0));
    assert_true(post("c", 1));
    lose(&t.one);
    assert_false(post("a", 2));
    assert_sent(&t.two, "m1."); /* others notice nothing */
    t.one.ready = true;
    append_on_ready(t.appender, fake_node(&t.one));
    assert_sent(&t.one, "LRANGE ");
    fake_commands_answer(&t.one, "*0\r\n");
    fake_commands_answer(&t.one, "$14\r\n1 1 1700000000\r\n");
    assert_told("S-");
    append_on_ready(t.appender, fake_node(&t.one)); /* of a lane that is there already */
    assert_sent(&t.one, "");
}

/* The other node cannot be reached yet. */
static void
a_lane_without_a_node_takes_nothing_and_forgets_nothing(void **state)
{
    (void)state;
    assert_true(post("a", 0));
    t.two.ready = false;
    t.owner['a'] = &t.two;
    fake_commands_answer(&t.one, MOVED);
    assert_told("-");
    go_by(25);
    assert_false(post("a", 1));
    assert_int_equal(append_open_count(t.appender), 1);
    t.two.ready = true;
    append_on_ready(t.appender, fake_node(&t.two));
    assert_sent(&t.two, "m0.");
}

/* A master that was elected just now: its connection comes within milliseconds. */
static void
messages_wait_for_a_node_that_is_new(void **state)
{
    (void)state;
    t.two.ready = false;
    t.two.is_new = true;
    t.owner['a'] = &t.two;
    assert_true(post("a", 0)); /* no lane was there */
    assert_true(post("b", 1));
    t.owner['b'] = &t.two;
    fake_commands_answer(&t.one, MOVED);
    assert_told("--");
    go_by(25);
    assert_true(post("b", 2));
    assert_sent(&t.two, "");
    t.two.ready = true;
    append_on_ready(t.appender, fake_node(&t.two));
    assert_sent(&t.two, "m0.m1.m2.");
    t.two.is_new = false;
    lose(&t.two);
    assert_false(post("a", 3));
    assert_told("---");
}

static void
a_node_is_new_for_a_moment_only(void **state)
{
    (void)state;
    t.two.ready = false;
    t.two.is_new = true;
    t.owner['a'] = &t.two;
    assert_true(post("a", 0));
    t.two.is_new = false; /* it cannot be reached */
    assert_told("-");
    assert_false(post("a", 1));
    t.two.ready = true;
    append_on_ready(t.appender, fake_node(&t.two));
    assert_sent(&t.two, "m0.");
}

static void
a_node_that_does_not_come_costs_a_message_its_time(void **state)
{
    (void)state;
    t.two.ready = false;
    t.two.is_new = true;
    assert_true(post("c", 0));
    go_by(1000);
    t.two.is_new = false;
    assert_told("-");
    assert_false(post("c", 1));
    go_by(1501);
    assert_told("R-");
    assert_int_equal(append_open_count(t.appender), 0);
    t.two.ready = true;
    append_on_ready(t.appender, fake_node(&t.two));
    assert_sent(&t.two, "");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_group_goes_to_its_node_in_its_order),
        TEST(without_a_node_nothing_is_taken),
        TEST(a_node_that_does_not_come_costs_a_message_its_time),
        TEST(what_one_group_is_refused_holds_up_no_other),
        TEST(the_deadline_is_by_the_clock_of_the_node),
        TEST(moved_goes_out_again_where_the_slot_is),
        TEST(tryagain_waits_and_has_its_time),
        TEST(a_map_that_changes_moves_the_lane),
        TEST(a_lane_that_looks_moves_on),
        TEST(what_a_failover_lost_goes_out_again),
        TEST(a_node_that_comes_back_is_asked),
        TEST(messages_wait_for_a_node_that_is_new),
        TEST(a_node_is_new_for_a_moment_only),
        TEST(a_lane_without_a_node_takes_nothing_and_forgets_nothing),
    };

    return cmocka_run_group_tests_name("lanes", tests, NULL, NULL);
}
