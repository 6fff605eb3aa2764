/* test_cluster.c - many nodes: who has a slot, and when nodes come and go. */
#include "tests/unit/push-daemon/nodes/a_cluster.h"

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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
