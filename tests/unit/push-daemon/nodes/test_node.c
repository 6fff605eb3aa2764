/* test_node.c - both connections to a master: what the parts above are told; when it is ready. */
#include "tests/unit/push-daemon/nodes/fake_parts.h"

static struct config config;
static struct metrics metrics;
static struct redis_clock redis_clock;
static struct env env = {.config = &config, .metrics = &metrics, .redis_clock = &redis_clock};

static int
set_up(void **state)
{
    (void)state;
    no_commands = no_subscriber = false;
    memset(&metrics, 0, sizeof(metrics));
    a_config_make(&config);
    env.loop = loop_create();
    n = node_create(&env, str_of("daemon"), NULL, NULL);
    happened[0] = '\0';
    node_start(n, &events);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    node_destroy(n);
    node_destroy(NULL);
    loop_destroy(env.loop);
    a_config_free(&config);
    return 0;
}

/* Has exactly this happened since the last call? */
static void
expect(const char *words)
{
    assert_string_equal(happened, words);
    happened[0] = '\0';
}

static void
it_starts_both_and_hands_on_the_hooks(void **state)
{
    (void)state;
    expect("commands-start subscriber-start ");
    assert_ptr_equal(failover.hooks.appender, APPENDER);
}

static void
one_that_cannot_be_made_ends_both(void **state)
{
    (void)state;
    happened[0] = '\0';
    no_subscriber = true;
    assert_null(node_create(&env, str_of("daemon"), NULL, NULL));
    expect("no-failover no-subscriber commands-destroy ");
    no_subscriber = false;
    no_commands = true;
    assert_null(node_create(&env, str_of("daemon"), NULL, NULL));
    expect("no-failover subscriber-destroy no-commands ");
}

/* Appends go out before what the rooms ask. */
static void
commands_come_and_go(void **state)
{
    (void)state;
    happened[0] = '\0';
    commands.events.on_ready(commands.ctx);
    expect("ready on-commands on-reports stale ");
    assert_int_equal(metrics.redis_commands, 1);
    assert_int_equal(metrics.redis_reconnects, 0);
    commands.events.on_down(commands.ctx);
    expect("down ");
    assert_int_equal(metrics.redis_commands, 0);
    assert_int_equal(metrics.redis_reconnects, 1);
}

static void
what_the_subscription_brings_is_handed_on(void **state)
{
    (void)state;
    happened[0] = '\0';
    subscriber.events.on_up(subscriber.ctx);
    expect("stale subscription ");
    subscriber.events.on_subscribed(subscriber.ctx, str_of("g"));
    subscriber.events.on_message(subscriber.ctx, str_of("g"), str_of("text"));
    subscriber.events.on_group_event(subscriber.ctx, str_of("h"), str_of("[]"));
    subscriber.events.on_mark(subscriber.ctx, 7);
    subscriber.events.on_event(subscriber.ctx, str_of("{}"));
    expect("subscribed:g message:g =text group-event:h =[] mark event:{} ");
    metrics.redis_subscription = 1;
    subscriber.events.on_down(subscriber.ctx);
    expect("subscription-down ");
    assert_int_equal(metrics.redis_subscription, 0);
    assert_int_equal(metrics.redis_reconnects, 1);
}

static void
either_connection_tells_of_another_master(void **state)
{
    struct redis_addr addr = {.epoch = 1};

    (void)state;
    happened[0] = '\0';
    commands.events.on_moved(commands.ctx, &addr);
    subscriber.events.on_moved(subscriber.ctx, &addr);
    expect("failover-to failover-to ");
}

static void
a_probe_goes_out_each_second_if_it_can(void **state)
{
    (void)state;
    happened[0] = '\0';
    assert_false(node_every_second(n));
    expect("clock refused:PROBE ");
    commands.ready = true;
    assert_true(node_every_second(n));
    expect("clock sent:PROBE probed ");
    subscriber.is_empty = true; /* nothing to be published */
    commands.ready = false;
    assert_true(node_every_second(n));
    expect("clock probed ");
}

static void
others_send_and_subscribe_by_it(void **state)
{
    struct argv argv;

    (void)state;
    happened[0] = '\0';
    argv_init(&argv);
    argv_add_str(&argv, "GET");
    assert_false(node_takes_commands(n));
    assert_false(node_send(n, &argv, NULL, NULL));
    commands.ready = true;
    assert_true(node_takes_commands(n));
    assert_true(node_send(n, &argv, NULL, NULL));
    assert_true(node_send_script(n, &argv, NULL, NULL));
    node_subscribe(n, str_of("g"));
    node_unsubscribe(n, str_of("g"));
    expect("refused:GET sent:GET sent-script:GET add:g remove:g ");
    argv_fini(&argv);
}

static void
it_is_ready_if_both_live(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        commands.ready = (i & 1) != 0;
        subscriber.up = (i & 2) != 0;
        subscriber.silence_ms = (i & 4) != 0 ? SUBSCRIBER_SILENCE_MS - 1 : SUBSCRIBER_SILENCE_MS;
        assert_int_equal(node_is_ready(n), i == 7);
    }
}

/* ---- a node of a cluster ---- */

static void
on_redirected(void *ctx, struct node *node, const struct redirection *r)
{
    assert_ptr_equal(ctx, HUB);
    assert_ptr_equal(node, n);
    note("redirected:", str_of(r->place.address));
}

static void
on_lost_all(void *ctx, struct node *node)
{
    assert_ptr_equal(ctx, HUB);
    assert_ptr_equal(node, n);
    NOTE("lost-all");
}

static void
on_doubt(void *ctx, struct node *node)
{
    assert_ptr_equal(ctx, HUB);
    assert_ptr_equal(node, n);
    NOTE("doubt");
}

static void
on_hook_commands(void *ctx, struct node *node)
{
    assert_ptr_equal(ctx, HUB);
    assert_ptr_equal(node, n);
    NOTE("hook-commands");
}

static void
be_of_a_cluster(void)
{
    static const struct node_hooks hooks = {HUB, on_hook_commands, on_redirected, on_lost_all,
                                            on_doubt};
    const struct place place = {"10.0.0.7", 7001};

    node_destroy(n);
    n = node_create(&env, str_of("daemon"), &place, &hooks);
    node_start(n, &events);
    happened[0] = '\0';
}

static void
a_node_of_a_cluster_has_a_place_and_a_clock(void **state)
{
    (void)state;
    assert_null(node_place(n));
    assert_null(made_at);
    assert_ptr_equal(node_clock(n), &redis_clock);
    assert_ptr_equal(made_clock, &redis_clock);
    be_of_a_cluster();
    assert_string_equal(node_place(n)->address, "10.0.0.7");
    assert_non_null(made_at);
    assert_ptr_equal(node_clock(n), made_clock);
    assert_ptr_not_equal(made_clock, &redis_clock);
}

/* Which node has them, the set knows. */
static void
words_are_read_again_if_the_set_says_so(void **state)
{
    (void)state;
    be_of_a_cluster();
    commands.events.on_ready(commands.ctx);
    expect("ready on-commands on-reports hook-commands ");
    subscriber.events.on_up(subscriber.ctx); /* to the channel for all daemons */
    expect("stale subscription ");
}

static void
it_is_new_until_it_takes_commands_or_for_a_second(void **state)
{
    (void)state;
    assert_false(node_is_new(n)); /* of no cluster */
    be_of_a_cluster();
    assert_true(node_is_new(n));
    commands.events.on_ready(commands.ctx);
    assert_false(node_is_new(n));
    be_of_a_cluster();
    fake_loop_advance(env.loop, 999);
    assert_true(node_is_new(n));
    fake_loop_advance(env.loop, 1);
    assert_false(node_is_new(n));
}

static void
signs_of_an_old_map_go_to_the_set(void **state)
{
    const struct redirection moved = {REDIRECTION_MOVED, 5, {"10.0.0.8", 7002}};

    (void)state;
    be_of_a_cluster();
    reply_give(commands.events.on_refused, commands.ctx, "-MOVED 5 10.0.0.9:7003\r\n");
    reply_give(commands.events.on_refused, commands.ctx, "-ERR another\r\n");
    subscriber.events.on_redirected(subscriber.ctx, &moved);
    expect("redirected:10.0.0.9 redirected:10.0.0.8 ");
    subscriber.events.on_lost(subscriber.ctx, str_of("g"));
    subscriber.events.on_lost(subscriber.ctx, str_of(""));
    expect("lost:g doubt lost-all doubt ");
    commands.events.on_down(commands.ctx);
    subscriber.events.on_down(subscriber.ctx);
    expect("down doubt subscription-down doubt ");
    node_drop(n, "why");
    expect("drop-subscription:why drop-commands:why ");
}

static void
at_the_end_of_a_turn_both_are_flushed(void **state)
{
    (void)state;
    happened[0] = '\0';
    node_failover_step(n);
    node_flush(n);
    expect("failover-step subscriber-flush commands-flush ");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(it_starts_both_and_hands_on_the_hooks),
        TEST(one_that_cannot_be_made_ends_both),
        TEST(commands_come_and_go),
        TEST(what_the_subscription_brings_is_handed_on),
        TEST(either_connection_tells_of_another_master),
        TEST(a_probe_goes_out_each_second_if_it_can),
        TEST(others_send_and_subscribe_by_it),
        TEST(it_is_ready_if_both_live),
        TEST(a_node_of_a_cluster_has_a_place_and_a_clock),
        TEST(words_are_read_again_if_the_set_says_so),
        TEST(it_is_new_until_it_takes_commands_or_for_a_second),
        TEST(signs_of_an_old_map_go_to_the_set),
        TEST(at_the_end_of_a_turn_both_are_flushed),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
