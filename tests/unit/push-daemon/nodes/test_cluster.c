/* test_cluster.c - many nodes: who has a slot, where commands go, and when nodes come and go. */
#include "push-daemon/nodes/cluster.h"

#include "lib/cluster/redirection.h"
#include "lib/cluster/slot.h"
#include "lib/clock.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/nodes/nodes.h"
#include "tests/unit/capture.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"
#include "tests/unit/push-daemon/nodes/a_node.h"
#include "tests/unit/push-daemon/redis/fake_conn.h"

#define ID(digit) digit "000000000000000000000000000000000000000"

/* What the node at port 1 or 2 says of itself, and of the other one. Slots up to 8191 are of 1. */
#define OF_1                                                                                       \
    ID("1")                                                                                        \
    " 10.0.0.1:1@11 myself,master - 0 0 1 connected 0-8191\n" ID(                                  \
        "2") " 10.0.0.1:2@12 master - 0 0 2 connected 8192-16383\n"
#define OF_2                                                                                       \
    ID("1")                                                                                        \
    " 10.0.0.1:1@11 master - 0 0 1 connected 0-8191\n" ID(                                         \
        "2") " 10.0.0.1:2@12 myself,master - 0 0 2 connected 8192-16383\n"
/* The node at port 3 has taken the slots of 2 over. */
#define OF_3                                                                                       \
    ID("1")                                                                                        \
    " 10.0.0.1:1@11 master - 0 0 1 connected 0-8191\n" ID(                                         \
        "2") " 10.0.0.1:2@12 master,fail - 0 0 2 connected\n" ID("3") " 10.0.0.1:3@13 "            \
                                                                      "myself,master - 0 0 3 "     \
                                                                      "connected 8192-16383\n"

static struct config config;
static struct metrics metrics;
static struct redis_clock redis_clock;
static struct env env = {.config = &config, .metrics = &metrics, .redis_clock = &redis_clock};
static struct nodes *set;
static char told[256]; /* replies to commands, with a blank behind each */

static void
on_map(struct hub *hub)
{
    (void)hub;
    strcat(happened, "map ");
}

static void
settle(struct appender *a)
{
    (void)a;
    strcat(happened, "settle ");
}

static void
on_gone(struct hub *hub, struct node *node)
{
    (void)hub;
    note(node, "gone");
}

static void
retry(struct hub *hub)
{
    (void)hub;
    strcat(happened, "retry ");
}

static int
set_up(void **state)
{
    const struct node_events events = {
        .settle = settle, .on_map = on_map, .on_gone = on_gone, .retry = retry};

    (void)state;
    a_nodes_forget();
    fake_conn_forget();
    told[0] = '\0';
    metrics = (struct metrics){0};
    a_config_make(&config);
    a_config_set(&config, "redis.cluster", "10.0.0.9:9");
    env.loop = loop_create();
    set = nodes_create(&env, str_of("daemon"));
    nodes_start(set, &events);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    nodes_destroy(set);
    fake_conn_forget();
    loop_destroy(env.loop);
    a_config_free(&config);
    return 0;
}

/* The text as a bulk string, answered to the oldest question for the map. */
static void
answer_map(struct node *n, const char *text)
{
    char wire[1024];

    snprintf(wire, sizeof(wire), "$%zu\r\n%s\r\n", strlen(text), text);
    if (n == NULL) {
        fake_conn_answer("CLUSTER NODES", wire);
    } else {
        a_node_answer(n, "CLUSTER NODES", wire);
    }
}

/* The map is known by the node of redis.cluster, and both nodes take commands. */
static void
begin(void)
{
    fake_conn_up();
    answer_map(NULL, OF_1);
    a_node(1)->takes = a_node(2)->takes = true;
    happened[0] = '\0';
}

/* Until the scout has asked a node; that one. */
static struct node *
asked(void)
{
    for (int i = 0; i < 100; i++) {
        for (size_t k = 0; k < A_NODES_MAX; k++) {
            struct node *n = &a_nodes[k];

            if (n->is_there && n->first < n->count &&
                strcmp(n->sent[n->first].words, "CLUSTER NODES") == 0) {
                return n;
            }
        }
        fake_loop_advance(env.loop, 50);
    }
    fail_msg("nobody is asked");
    return NULL;
}

/* ---- the map ---- */

static void
nodes_come_with_the_map(void **state)
{
    (void)state;
    assert_int_equal(a_node_count(), 0);
    assert_null(nodes_of(set, str_of("g")));
    assert_false(nodes_take_commands(set));
    assert_int_equal(fake_conn.target.kind, TARGET_ANY);
    assert_string_equal(fake_conn.target.name, "scout node=10.0.0.9:9");
    fake_conn_up();
    answer_map(NULL, OF_1);
    assert_int_equal(a_node_count(), 2);
    assert_in_range(redis_clock_at_ms(&redis_clock, clock_ms()), clock_unix_ms() - 1000,
                    clock_unix_ms() + 1000); /* the daemon's own clock: each node has another one */
    /* fim:ev: is in slot 8783 */
    expect("1:start 2:start 2:hear-all settle map ");
    for (int i = 0; i < 26; i++) {
        char group[2] = {(char)('a' + i), '\0'};
        int port = slot_of(str_of(group)) < 8192 ? 1 : 2;

        assert_ptr_equal(nodes_of(set, str_of(group)), a_node(port));
    }
}

static void
nodes_are_asked_in_turn_and_redis_cluster_no_more(void **state)
{
    struct node *first, *second;

    (void)state;
    begin();
    first = asked();
    answer_map(first, first == a_node(1) ? OF_1 : OF_2);
    second = asked();
    answer_map(second, second == a_node(1) ? OF_1 : OF_2);
    assert_ptr_not_equal(first, second);
    expect(""); /* nothing has changed */
    assert_true(fake_conn.destroyed);
}

/* No node answers for two seconds. */
static void
those_of_redis_cluster_are_asked_again_if_no_node_answers(void **state)
{
    (void)state;
    begin();
    answer_map(asked(), OF_1);
    fake_loop_advance(env.loop, 1000);
    assert_true(fake_conn.destroyed);
    fake_conn_forget();
    fake_loop_advance(env.loop, 900);
    assert_false(fake_conn.started);
    fake_loop_advance(env.loop, 1200);
    assert_true(fake_conn.started);
    fake_conn_up();
    answer_map(NULL, OF_3);
    assert_int_equal(a_node_count(), 3);
}

static void
an_answer_that_is_none_changes_nothing(void **state)
{
    (void)state;
    fake_conn_up();
    fake_conn_answer("CLUSTER NODES", "-ERR This instance has cluster support disabled\r\n");
    assert_int_equal(a_node_count(), 0);
    fake_loop_advance(env.loop, 250); /* it is asked again */
    answer_map(NULL, "nonsense");
    fake_loop_advance(env.loop, 250);
    fake_conn_answer("CLUSTER NODES", NULL);
    assert_int_equal(a_node_count(), 0);
    fake_loop_advance(env.loop, 250);
    answer_map(NULL, OF_1);
    assert_int_equal(a_node_count(), 2);
}

static void
a_failover_brings_a_node_and_the_old_one_goes_later(void **state)
{
    (void)state;
    begin();
    a_node(2)->hooks.on_doubt(a_node(2)->hooks.ctx, a_node(2)); /* its connection was lost */
    a_node(2)->takes = false;
    answer_map(asked(), OF_3);
    expect("3:start 2:leave-all 3:hear-all settle map ");
    assert_ptr_equal(nodes_of(set, str_of("a")), a_node(3)); /* slot 15495 */
    nodes_every_second(set);
    assert_int_equal(a_node_count(), 3);
    a_node(2)->hooks.on_doubt(a_node(2)->hooks.ctx, a_node(2)); /* it may well lose more */
    fake_loop_advance(env.loop, 5001);
    happened[0] = '\0';
    nodes_every_second(set);
    assert_non_null(strstr(happened, "2:drop 2:gone 2:destroy "));
    assert_int_equal(a_node_count(), 2);
}

/* It does not wait for its turn; but it is not asked more than ten times a second. */
static void
doubt_hurries_the_scout(void **state)
{
    struct node *n;
    size_t before;

    (void)state;
    begin();
    n = asked();
    answer_map(n, n == a_node(1) ? OF_1 : OF_2);
    before = a_node(1)->count + a_node(2)->count;
    for (int i = 0; i < 20; i++) {
        n->hooks.on_doubt(n->hooks.ctx, n);
        fake_loop_advance(env.loop, 50);
    }
    assert_in_range(a_node(1)->count + a_node(2)->count - before, 9, 11);
    n = asked();
    answer_map(n, n == a_node(1) ? OF_1 : OF_2);
    expect("settle map "); /* the same, but rooms may be without a home */
}

static void
the_channel_for_all_is_heard_anew_if_it_was_lost(void **state)
{
    struct node *n;

    (void)state;
    begin();
    a_node(2)->hooks.on_lost_all(a_node(2)->hooks.ctx, a_node(2));
    a_node(2)->hooks.on_doubt(a_node(2)->hooks.ctx, a_node(2));
    n = asked();
    answer_map(n, n == a_node(1) ? OF_1 : OF_2);
    expect("2:hear-all settle map ");
}

static void
most_of_the_slots_make_it_ready(void **state)
{
    (void)state;
    begin();
    assert_true(nodes_take_commands(set));
    a_node(1)->takes = false;
    assert_false(nodes_take_commands(set)); /* exactly half */
    a_node(1)->ready = a_node(2)->ready = true;
    assert_true(nodes_are_ready(set));
    a_node(1)->ready = false;
    assert_false(nodes_are_ready(set));
}

static void
the_worst_node_is_measured(void **state)
{
    (void)state;
    begin();
    a_node(1)->subscribed = a_node(2)->subscribed = true;
    a_node(1)->silence_ms = 7;
    a_node(2)->silence_ms = 5;
    nodes_every_second(set);
    assert_int_equal(metrics.redis_subscription, 1);
    assert_int_equal(metrics.probe_age_ms, 7);
    assert_int_equal(metrics.redis_nodes, 2);
    assert_int_equal(metrics.nodes_up[0], 2);
    assert_int_equal(metrics.nodes_up[1], 2);
    assert_int_equal(metrics.slots_unserved, 0);
    assert_int_equal(metrics.map_age_ms, 0);
    a_node(2)->takes = false; /* its slots are 8192 to 16383 */
    fake_loop_advance(env.loop, 100);
    nodes_every_second(set);
    assert_int_equal(metrics.nodes_up[0], 1);
    assert_int_equal(metrics.slots_unserved, 8192);
    assert_int_equal(metrics.map_age_ms, 100);
    a_node(1)->subscribed = false;
    a_node(2)->silence_ms = 8;
    nodes_every_second(set);
    assert_int_equal(metrics.redis_subscription, 0);
    assert_int_equal(metrics.probe_age_ms, 8);
}

/* ---- commands ---- */

static void
on_reply(void *arg, const struct reply *reply)
{
    struct str text = reply_text(reply);

    assert_ptr_equal(arg, told);
    if (reply_type(reply) == REPLY_LOST) {
        text = str_of("lost");
    }
    snprintf(told + strlen(told), sizeof(told) - strlen(told), "%.*s ", (int)text.len, text.p);
}

/* A command for a key in this slot, or for none. */
static bool
send(int slot)
{
    struct argv argv;
    bool sent;

    argv_init(&argv);
    argv_add_str(&argv, "GET");
    argv.slot = slot;
    sent = nodes_send(set, &argv, on_reply, told);
    argv_fini(&argv);
    return sent;
}

#define assert_told(words)                                                                         \
    do {                                                                                           \
        assert_string_equal(told, words);                                                          \
        told[0] = '\0';                                                                            \
    } while (0)

/* As the connection does: the set hears of an error before the sender does. */
static void
refuse(struct node *n, const char *error)
{
    char wire[128];
    struct redirection r = redirection_read(str_of(error), &n->place);

    snprintf(wire, sizeof(wire), "-%s\r\n", error);
    n->hooks.on_redirected(n->hooks.ctx, n, &r);
    a_node_answer(n, "GET", wire);
}

static void
a_command_goes_to_the_node_of_its_slot(void **state)
{
    (void)state;
    assert_false(send(5));
    begin();
    assert_true(send(5));
    assert_true(send(16383));
    a_node_answer(a_node(2), "GET", "+two\r\n");
    a_node_answer(a_node(1), "GET", "-ERR one\r\n");
    assert_told("two ERR one ");
    assert_true(send(5));
    a_node_answer(a_node(1), "GET", NULL);
    assert_told("lost ");
    a_node(1)->takes = false;
    assert_false(send(5));
    assert_true(send(SLOT_NONE)); /* any node will do */
    a_node_answer(a_node(2), "GET", "+any\r\n");
    assert_told("any ");
}

static void
moved_is_followed_and_learned(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "MOVED 5 10.0.0.1:2");
    assert_told("");
    a_node_answer(a_node(2), "GET", "+x\r\n");
    assert_told("x ");
    assert_true(send(5));
    a_node_answer(a_node(2), "GET", "+y\r\n");
    assert_true(send(6)); /* that one alone has moved */
    a_node_answer(a_node(1), "GET", "+z\r\n");
    assert_told("y z ");
}

/* It takes a moment to connect there. */
static void
moved_to_a_new_node_waits_for_it(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "MOVED 5 10.0.0.1:3");
    expect("3:start ");
    fake_loop_advance(env.loop, 100);
    a_node(3)->takes = true;
    fake_loop_advance(env.loop, 25);
    a_node_answer(a_node(3), "GET", "+x\r\n");
    assert_told("x ");
    assert_true(send(5));
    refuse(a_node(3), "MOVED 5 10.0.0.1:4");
    fake_loop_advance(env.loop, 1990);
    assert_told("");
    fake_loop_advance(env.loop, 30);
    assert_told("lost ");
}

static void
moves_without_end_are_an_error(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    for (int i = 0; i < 5; i++) {
        refuse(a_node(i % 2 == 0 ? 1 : 2),
               i % 2 == 0 ? "MOVED 5 10.0.0.1:2" : "MOVED 5 10.0.0.1:1");
        assert_told("");
    }
    refuse(a_node(2), "MOVED 5 10.0.0.1:1");
    assert_told("MOVED 5 10.0.0.1:1 ");
    assert_int_equal(metrics.redirects[0], 6);
}

static void
ask_is_followed_once(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "ASK 5 10.0.0.1:2");
    a_node_answer(a_node(2), "ASKING", "+OK\r\n");
    a_node_answer(a_node(2), "GET", "+x\r\n");
    assert_told("x ");
    assert_true(send(5)); /* the slot is where it was */
    a_node_answer(a_node(1), "GET", "+y\r\n");
    assert_told("y ");
}

static void
asks_without_end_are_an_error(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "ASK 5 10.0.0.1:2");
    for (int i = 0; i < 4; i++) {
        struct node *n = a_node(i % 2 == 0 ? 2 : 1);

        a_node_answer(n, "ASKING", "+OK\r\n");
        refuse(n, i % 2 == 0 ? "ASK 5 10.0.0.1:1" : "ASK 5 10.0.0.1:2");
        assert_told("");
    }
    a_node_answer(a_node(2), "ASKING", "+OK\r\n");
    refuse(a_node(2), "ASK 5 10.0.0.1:1");
    assert_told("ASK 5 10.0.0.1:1 ");
}

/* It has no slot yet. */
static void
ask_names_a_node_that_is_new(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "ASK 5 10.0.0.1:7");
    expect("7:start map ");
    fake_loop_advance(env.loop, 25); /* it is not connected to: the owner is asked again */
    a_node(7)->takes = true;
    refuse(a_node(1), "ASK 5 10.0.0.1:7");
    a_node_answer(a_node(7), "ASKING", "+OK\r\n");
    a_node_answer(a_node(7), "GET", "+x\r\n");
    assert_told("x ");
    for (int i = 0; i < 10; i++) { /* it stays while it is named */
        nodes_every_second(set);
        fake_loop_advance(env.loop, 4000);
        answer_map(asked(), OF_1);
        assert_true(send(5));
        while (strcmp(a_node(1)->sent[a_node(1)->first].words, "GET") != 0) {
            answer_map(a_node(1), OF_1);
        }
        refuse(a_node(1), "ASK 5 10.0.0.1:7");
    }
    assert_true(a_node(7)->is_there);
    for (int i = 0; i < 7; i++) {
        nodes_every_second(set);
        fake_loop_advance(env.loop, 1000);
    }
    assert_int_equal(a_node_count(), 2);
}

/* A group of slot 5. */
static const char *
group_of_slot_5(void)
{
    static char group[16];

    for (int i = 0; slot_of(str_of(group)) != 5; i++) {
        snprintf(group, sizeof(group), "%d", i);
    }
    return group;
}

static void
an_open_slot_is_known(void **state)
{
    static const char open[] =
        ID("1") " 10.0.0.1:1@11 myself,master - 0 0 1 connected 0-8191 [5->-" ID("2") "]\n";
    const char *group = group_of_slot_5();

    (void)state;
    begin();
    assert_false(nodes_is_open(set, str_of(group)));
    answer_map(asked(), OF_1);
    answer_map(asked(), OF_2);
    expect("");
    fake_loop_advance(env.loop, 1000);
    while (a_node(1)->first == a_node(1)->count) {
        answer_map(asked(), OF_2);
        fake_loop_advance(env.loop, 1000);
    }
    answer_map(a_node(1), open);
    expect("settle map "); /* no slot has another owner, but rooms are to be polled */
    assert_true(nodes_is_open(set, str_of(group)));
    assert_false(nodes_is_open(set, str_of("other")));
    fake_loop_advance(env.loop, 1000);
    while (a_node(1)->first == a_node(1)->count) {
        answer_map(asked(), OF_2);
        fake_loop_advance(env.loop, 1000);
    }
    answer_map(a_node(1), OF_1);
    expect("settle map ");
    assert_false(nodes_is_open(set, str_of(group)));
}

/* Before the node has said so itself. */
static void
an_ask_says_that_a_slot_is_open(void **state)
{
    const char *group = group_of_slot_5();

    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "ASK 5 10.0.0.1:2");
    expect("map ");
    assert_true(nodes_is_open(set, str_of(group)));
    assert_true(send(5));
    a_node_answer(a_node(2), "ASKING", "+OK\r\n");
    a_node_answer(a_node(2), "GET", "+x\r\n");
    refuse(a_node(1), "ASK 5 10.0.0.1:2");
    expect(""); /* that is known */
}

static void
who_asks_again_by_itself_need_not_wait(void **state)
{
    struct argv argv;

    (void)state;
    begin();
    argv_init(&argv);
    argv_add_str(&argv, "GET");
    argv.slot = 5;
    assert_true(nodes_try_script(set, &argv, on_reply, told));
    refuse(a_node(1), "TRYAGAIN Multiple keys");
    assert_told("TRYAGAIN Multiple keys ");
    assert_true(nodes_try_script(set, &argv, on_reply, told));
    refuse(a_node(1), "ASK 5 10.0.0.1:2");
    a_node_answer(a_node(2), "ASKING", "+OK\r\n");
    a_node_answer(a_node(2), "GET", "+x\r\n");
    assert_told("x ");
    argv_fini(&argv);
}

static void
tryagain_comes_again_for_two_seconds(void **state)
{
    int times = 0;

    (void)state;
    begin();
    assert_true(send(5));
    while (told[0] == '\0') {
        if (a_node(1)->first < a_node(1)->count) {
            if (strcmp(a_node(1)->sent[a_node(1)->first].words, "GET") == 0) {
                refuse(a_node(1), "TRYAGAIN Multiple keys request during rehashing of slot");
                times++;
            } else {
                answer_map(a_node(1), OF_1);
            }
        }
        fake_loop_advance(env.loop, 25);
    }
    assert_in_range(times, 60, 81);
    assert_int_equal(metrics.redirects[2], times);
    assert_told("lost ");
}

static void
clusterdown_is_the_answer(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "CLUSTERDOWN The cluster is down");
    assert_told("CLUSTERDOWN The cluster is down ");
}

/* ---- commands of several slots ---- */

static void
add_step(struct argv *argv, enum argv_when when, const char *word, int slot)
{
    struct argv *step = argv_add_step(argv, when);

    argv_add_str(step, word);
    step->slot = slot;
}

/* Two steps before it, two behind it: in slots of either node. */
static bool
send_steps(void)
{
    struct argv argv;
    bool sent;

    argv_init(&argv);
    argv_add_str(&argv, "EVALSHA");
    argv.slot = 5;
    add_step(&argv, ARGV_AFTER_CHANGE, "NOTE", 9000);
    add_step(&argv, ARGV_BEFORE, "FIRST", 9000);
    add_step(&argv, ARGV_BEFORE, "SECOND", 6);
    add_step(&argv, ARGV_AFTER_ANY, "TELL", 6);
    sent = nodes_send_script(set, &argv, on_reply, told);
    argv_fini(&argv);
    return sent;
}

static void
steps_come_one_after_the_other(void **state)
{
    (void)state;
    begin();
    assert_true(send_steps());
    assert_int_equal(a_node(1)->count, 0);
    a_node_answer(a_node(2), "FIRST", ":1\r\n");
    a_node_answer(a_node(1), "SECOND", ":1\r\n");
    assert_told("");
    a_node_answer(a_node(1), "EVALSHA", "+done\r\n"); /* nothing has changed */
    assert_told("done ");
    a_node_answer(a_node(1), "TELL", "-ERR that is logged\r\n");
    assert_int_equal(a_node(2)->count, 1);
    assert_true(send_steps());
    a_node_answer(a_node(2), "FIRST", ":1\r\n");
    a_node_answer(a_node(1), "SECOND", ":1\r\n");
    a_node_answer(a_node(1), "EVALSHA", ":1\r\n");
    a_node_answer(a_node(2), "NOTE", ":1\r\n");
    assert_told(" ");
}

static void
a_step_that_refuses_or_fails_is_the_answer(void **state)
{
    static const char *const answers[] = {"*2\r\n:-5\r\n$6\r\nbanned\r\n", ":-1\r\n", NULL};

    (void)state;
    begin();
    for (size_t i = 0; i < 3; i++) {
        assert_true(send_steps());
        a_node_answer(a_node(2), "FIRST", answers[i]);
        assert_string_equal(told, i < 2 ? " " : "lost ");
        told[0] = '\0';
    }
    assert_int_equal(a_node(1)->count, 0);
    assert_true(send_steps());
    a_node_answer(a_node(2), "FIRST", ":1\r\n");
    a_node_answer(a_node(1), "SECOND", ":1\r\n");
    a_node_answer(a_node(1), "EVALSHA", ":-3\r\n"); /* refused: nothing comes behind it */
    assert_int_equal(a_node(1)->first, a_node(1)->count);
    assert_told(" ");
    a_node(2)->takes = false;
    assert_false(send_steps());
    a_node(2)->takes = true;
    assert_true(send_steps());
    a_node(1)->takes = false;
    a_node_answer(a_node(2), "FIRST", ":1\r\n"); /* the next one cannot be sent */
    assert_told("lost ");
}

/* Nobody waits for it: so the log says what it was, whose, where and why. */
static void
a_step_behind_that_is_lost_is_in_the_log(void **state)
{
    static const struct {
        const char *answer, *line;
    } cases[] = {
        {":1\r\n", ""},
        {NULL, "error redis-lost step=\"SPUBLISH\" key=\"fim:ev:\" node=10.0.0.1:2 "
               "reason=\"no answer\" answer=\"\"\n"},
        {"-READONLY it is no master\r\n",
         "error redis-lost step=\"SPUBLISH\" key=\"fim:ev:\" node=10.0.0.1:2 "
         "reason=\"refused\" answer=\"READONLY it is no master\"\n"},
    };
    struct argv argv, *step;
    struct capture log;

    (void)state;
    begin();
    argv_init(&argv);
    argv_add_str(&argv, "EVALSHA");
    argv.slot = 5;
    step = argv_add_step(&argv, ARGV_AFTER_ANY);
    argv_add_str(step, "SPUBLISH");
    argv_add_str(step, "fim:ev:");
    step->slot = 9000;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(nodes_send_script(set, &argv, on_reply, told));
        a_node_answer(a_node(1), "EVALSHA", "+done\r\n");
        assert_told("done ");
        log = capture_begin();
        a_node_answer(a_node(2), "SPUBLISH fim:ev:", cases[i].answer);
        assert_string_equal(capture_end(log), cases[i].line);
    }
    assert_true(nodes_send_script(set, &argv, on_reply, told));
    a_node(2)->takes = false;
    log = capture_begin();
    a_node_answer(a_node(1), "EVALSHA", "+done\r\n");
    assert_string_equal(capture_end(log),
                        "error redis-lost step=\"SPUBLISH\" key=\"fim:ev:\" node=10.0.0.1:2 "
                        "reason=\"it takes no commands\" answer=\"\"\n");
    assert_told("done ");
    argv_fini(&argv);
}

/* A master that was elected just now. */
static void
commands_wait_for_a_node_that_is_new(void **state)
{
    (void)state;
    begin();
    a_node(2)->takes = false;
    assert_false(send(9000));
    a_node(2)->is_new = true;
    assert_true(send(9000));
    fake_loop_advance(env.loop, 25);
    assert_int_equal(a_node(2)->count, 0);
    a_node(2)->takes = true;
    a_node(2)->is_new = false;
    fake_loop_advance(env.loop, 25);
    assert_int_equal(a_node(2)->count, 1);
    a_node_answer(a_node(2), "GET", "+done\r\n");
    assert_told("done ");
    a_node(2)->takes = false; /* it was not there within two seconds */
    a_node(2)->is_new = true;
    assert_true(send(9000));
    fake_loop_advance(env.loop, 2000);
    assert_told("lost ");
}

/* As of a check that one node makes for all: what it refuses counts, and nothing else. */
static void
a_step_may_be_passed_over_if_its_node_is_away(void **state)
{
    static const char *const answers[] = {":1\r\n", NULL, "-CLUSTERDOWN The cluster is down\r\n"};
    struct argv argv;

    (void)state;
    begin();
    argv_init(&argv);
    argv_add_str(&argv, "EVALSHA");
    argv.slot = 5;
    add_step(&argv, ARGV_BEFORE_IF_UP, "LOOK", 9000);
    for (size_t i = 0; i < 3; i++) {
        assert_true(nodes_send_script(set, &argv, on_reply, told));
        a_node_answer(a_node(2), "LOOK", answers[i]);
        a_node_answer(a_node(1), "EVALSHA", "+done\r\n");
        assert_told("done ");
    }
    assert_true(nodes_send_script(set, &argv, on_reply, told));
    a_node_answer(a_node(2), "LOOK", "*2\r\n:-5\r\n$6\r\nbanned\r\n");
    assert_told(" ");
    a_node(2)->takes = false;
    assert_true(nodes_send_script(set, &argv, on_reply, told));
    a_node_answer(a_node(1), "EVALSHA", "+done\r\n");
    assert_told("done ");
    argv_fini(&argv);
}

/* Nobody is told, and nothing leaks. */
static void
it_may_end_with_commands_under_way(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    assert_true(send(5));
    assert_true(send_steps());
    refuse(a_node(1), "TRYAGAIN");
    fake_loop_advance(env.loop, 1000); /* the map is asked for as well */
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(nodes_come_with_the_map),
        TEST(nodes_are_asked_in_turn_and_redis_cluster_no_more),
        TEST(those_of_redis_cluster_are_asked_again_if_no_node_answers),
        TEST(an_answer_that_is_none_changes_nothing),
        TEST(a_failover_brings_a_node_and_the_old_one_goes_later),
        TEST(doubt_hurries_the_scout),
        TEST(the_channel_for_all_is_heard_anew_if_it_was_lost),
        TEST(most_of_the_slots_make_it_ready),
        TEST(the_worst_node_is_measured),
        TEST(a_command_goes_to_the_node_of_its_slot),
        TEST(moved_is_followed_and_learned),
        TEST(moved_to_a_new_node_waits_for_it),
        TEST(moves_without_end_are_an_error),
        TEST(ask_is_followed_once),
        TEST(asks_without_end_are_an_error),
        TEST(ask_names_a_node_that_is_new),
        TEST(an_open_slot_is_known),
        TEST(an_ask_says_that_a_slot_is_open),
        TEST(who_asks_again_by_itself_need_not_wait),
        TEST(tryagain_comes_again_for_two_seconds),
        TEST(clusterdown_is_the_answer),
        TEST(steps_come_one_after_the_other),
        TEST(a_step_that_refuses_or_fails_is_the_answer),
        TEST(a_step_behind_that_is_lost_is_in_the_log),
        TEST(commands_wait_for_a_node_that_is_new),
        TEST(a_step_may_be_passed_over_if_its_node_is_away),
        TEST(it_may_end_with_commands_under_way),
    };

    return cmocka_run_group_tests_name("cluster", tests, NULL, NULL);
}
