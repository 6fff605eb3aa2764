/* test_nodes.c - the set of nodes: one Redis is a set of one-> */
#include "push-daemon/nodes/nodes.h"

#include "push-daemon/core/env.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"
#include "tests/unit/push-daemon/nodes/a_node.h"

/* ---- the scene ---- */

static struct config config;
static struct metrics metrics;
static const struct env env = {.config = &config, .metrics = &metrics};
static struct nodes *set;
static struct node *one;

static void
retry(struct hub *hub)
{
    assert_ptr_equal(hub, &metrics);
    note(one, "retry");
}

static int
set_up(void **state)
{
    const struct node_events events = {.hub = (struct hub *)&metrics, .retry = retry};

    (void)state;
    a_nodes_forget();
    a_config_make(&config);
    set = nodes_create(&env, str_of("daemon"));
    assert_non_null(set);
    happened[0] = '\0';
    nodes_start(set, &events);
    one = a_node(0);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    nodes_destroy(set);
    nodes_destroy(NULL);
    a_config_free(&config);
    return 0;
}

static void
without_an_address_there_is_no_set(void **state)
{
    (void)state;
    expect("start ");
    no_address = true;
    assert_null(nodes_create(&env, str_of("daemon")));
    expect("");
}

static void
it_has_every_group_and_gets_every_command(void **state)
{
    struct argv argv;

    (void)state;
    happened[0] = '\0';
    argv_init(&argv);
    argv_add_str(&argv, "GET");
    for (int takes = 0; takes < 2; takes++) {
        one->takes = takes != 0;
        assert_int_equal(nodes_take_commands(set), takes);
        assert_int_equal(nodes_send(set, &argv, NULL, NULL), takes);
        expect("");
        assert_int_equal(nodes_send_script(set, &argv, NULL, NULL), takes);
        expect("script ");
    }
    assert_int_equal(one->count, 2);
    argv_fini(&argv);
    assert_ptr_equal(nodes_of(set, str_of("g")), one);
    assert_ptr_equal(nodes_of(set, str_make("", 0)), one);
}

static void
rooms_ask_again_each_second_if_commands_are_taken(void **state)
{
    (void)state;
    happened[0] = '\0';
    one->subscribed = true;
    one->silence_ms = 123;
    nodes_every_second(set);
    expect("second ");
    assert_int_equal(metrics.redis_subscription, 1);
    assert_int_equal(metrics.probe_age_ms, 123);
    one->takes = true;
    nodes_every_second(set);
    expect("second retry ");
}

static void
it_is_ready_as_its_node_is(void **state)
{
    (void)state;
    assert_false(nodes_are_ready(set));
    one->ready = true;
    assert_true(nodes_are_ready(set));
}

static void
at_the_end_of_a_turn_the_failover_comes_first(void **state)
{
    (void)state;
    happened[0] = '\0';
    nodes_failover_step(set);
    nodes_flush(set);
    expect("step flush ");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_an_address_there_is_no_set),
        TEST(it_has_every_group_and_gets_every_command),
        TEST(rooms_ask_again_each_second_if_commands_are_taken),
        TEST(it_is_ready_as_its_node_is),
        TEST(at_the_end_of_a_turn_the_failover_comes_first),
    };

    return cmocka_run_group_tests_name("nodes", tests, NULL, NULL);
}
