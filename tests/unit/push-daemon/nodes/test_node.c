/* test_node.c - both connections to a master: what the parts above are told; when it is ready. */
#include "push-daemon/nodes/node.h"

#include <stdio.h>

#include "lib/cluster/redirection.h"
#include "lib/redis/sentinel.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/redis/commands.h"
#include "push-daemon/redis/subscriber.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"
#include "tests/unit/push-daemon/replies.h"

/* ---- fakes of redis/commands.h, redis/subscriber.h and redis/failover.h ---- */

static char happened[256]; /* a word for each thing, with a blank behind it */

static void
note(const char *what, struct str more)
{
    size_t have = strlen(happened);

    snprintf(happened + have, sizeof(happened) - have, "%s%.*s ", what, (int)more.len, more.p);
}

#define NOTE(what) note(what, str_make("", 0))

struct commands {
    struct commands_events events;
    void *ctx;
    bool ready;
};

struct subscriber {
    struct subscriber_events events;
    void *ctx;
    bool up;
    bool is_empty; /* there is no group to probe */
    int64_t silence_ms;
};

struct failover {
    struct failover_hooks hooks;
};

static struct commands commands;
static struct subscriber subscriber;
static struct failover failover;
static bool no_commands, no_subscriber;
static const struct place *made_at;
static struct redis_clock *made_clock;

struct commands *
commands_create(const struct env *env, const struct place *place, struct redis_clock *clock,
                const struct commands_events *events, void *ctx)
{
    assert_non_null(env);
    made_at = place;
    made_clock = clock;
    commands = (struct commands){.events = *events, .ctx = ctx};
    return no_commands ? NULL : &commands;
}

void
commands_start(struct commands *c)
{
    (void)c;
    NOTE("commands-start");
}

void
commands_destroy(struct commands *c)
{
    NOTE(c != NULL ? "commands-destroy" : "no-commands");
}

bool
commands_is_ready(const struct commands *c)
{
    return c->ready;
}

bool
commands_send(struct commands *c, const struct argv *argv, reply_fn *fn, void *arg)
{
    assert_true((fn == NULL) == (arg == NULL));
    note(c->ready ? "sent:" : "refused:", argv_word(argv, 0));
    return c->ready;
}

bool
commands_send_script(struct commands *c, const struct argv *argv, reply_fn *fn, void *arg)
{
    assert_true((fn == NULL) == (arg == NULL));
    note(c->ready ? "sent-script:" : "refused-script:", argv_word(argv, 0));
    return c->ready;
}

void
commands_probe_clock(struct commands *c)
{
    (void)c;
    NOTE("clock");
}

void
commands_flush(struct commands *c)
{
    (void)c;
    NOTE("commands-flush");
}

struct subscriber *
subscriber_create(struct loop *loop, const struct config *config, const struct place *place,
                  struct str daemon_id, const struct subscriber_events *events, void *ctx)
{
    (void)loop;
    (void)config;
    assert_ptr_equal(place, made_at);
    assert_true(str_is(daemon_id, "daemon"));
    subscriber = (struct subscriber){.events = *events, .ctx = ctx};
    return no_subscriber ? NULL : &subscriber;
}

void
subscriber_start(struct subscriber *s)
{
    (void)s;
    NOTE("subscriber-start");
}

void
subscriber_destroy(struct subscriber *s)
{
    NOTE(s != NULL ? "subscriber-destroy" : "no-subscriber");
}

void
subscriber_add(struct subscriber *s, struct str group)
{
    assert_ptr_equal(s, &subscriber);
    note("add:", group);
}

void
subscriber_remove(struct subscriber *s, struct str group)
{
    assert_ptr_equal(s, &subscriber);
    note("remove:", group);
}

bool
subscriber_is_up(const struct subscriber *s)
{
    return s->up;
}

int64_t
subscriber_silence_ms(const struct subscriber *s)
{
    return s->silence_ms;
}

bool
subscriber_make_probe(struct subscriber *s, struct argv *argv)
{
    argv_clear(argv);
    argv_add_str(argv, "PROBE");
    return !s->is_empty;
}

void
subscriber_drop(struct subscriber *s, const char *reason)
{
    (void)s;
    note("drop-subscription:", str_of(reason));
}

void
commands_drop(struct commands *c, const char *reason)
{
    (void)c;
    note("drop-commands:", str_of(reason));
}

void
subscriber_probed(struct subscriber *s)
{
    (void)s;
    NOTE("probed");
}

void
subscriber_flush(struct subscriber *s)
{
    (void)s;
    NOTE("subscriber-flush");
}

struct failover *
failover_create(const struct env *env, struct commands *c, struct subscriber *s,
                const struct failover_hooks *hooks)
{
    assert_non_null(env);
    assert_ptr_equal(c, &commands);
    assert_ptr_equal(s, &subscriber);
    failover.hooks = *hooks;
    return &failover;
}

void
failover_destroy(struct failover *f)
{
    NOTE(f != NULL ? "failover-destroy" : "no-failover");
}

void
failover_to(struct failover *f, const struct redis_addr *addr)
{
    assert_ptr_equal(f, &failover);
    assert_non_null(addr);
    NOTE("failover-to");
}

void
failover_step(struct failover *f)
{
    assert_ptr_equal(f, &failover);
    NOTE("failover-step");
}

/* ---- the parts above ---- */

static struct node *n;

#define APPENDER ((struct appender *)1)
#define HUB      ((struct hub *)2)
#define ORDERS   ((struct orders *)4)
#define WORDS    ((struct words *)5)
#define AUTH     ((struct auth *)6)
#define PRESENCE ((struct presence *)5)

static void
on_ready(struct appender *a, struct node *node)
{
    assert_ptr_equal(a, APPENDER);
    assert_ptr_equal(node, n);
    NOTE("ready");
}

static void
on_down(struct appender *a, struct node *node)
{
    assert_ptr_equal(a, APPENDER);
    assert_ptr_equal(node, n);
    NOTE("down");
}

static void
hold(struct appender *a)
{
    (void)a;
}

static void
on_commands(struct hub *hub, struct node *node)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    NOTE("on-commands");
}

static void
on_reports(struct presence *p, struct node *node)
{
    assert_ptr_equal(p, PRESENCE);
    assert_ptr_equal(node, n);
    NOTE("on-reports");
}

static void
on_message(struct hub *hub, struct node *node, struct str group, struct str payload)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    note("message:", group);
    note("=", payload);
}

static void
on_group_event(struct hub *hub, struct node *node, struct str group, struct str event)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    note("group-event:", group);
    note("=", event);
}

static void
on_subscribed(struct hub *hub, struct node *node, struct str group)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    note("subscribed:", group);
}

static void
on_subscription_down(struct hub *hub, struct node *node)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    NOTE("subscription-down");
}

static void
on_lost(struct hub *hub, struct node *node, struct str group)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    note("lost:", group);
}

static void
on_mark(struct hub *hub, struct node *node, int64_t mark)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    assert_int_equal(mark, 7);
    NOTE("mark");
}

static void
on_event(struct orders *orders, struct str event)
{
    assert_ptr_equal(orders, ORDERS);
    note("event:", event);
}

static void
on_stale(struct words *words)
{
    assert_ptr_equal(words, WORDS);
    NOTE("stale");
}

static void
on_subscription(struct auth *auth)
{
    assert_ptr_equal(auth, AUTH);
    NOTE("subscription");
}

static const struct node_events events = {
    .failover = {APPENDER, hold, NULL},
    .appender = APPENDER,
    .on_ready = on_ready,
    .on_down = on_down,
    .hub = HUB,
    .on_commands = on_commands,
    .on_message = on_message,
    .on_group_event = on_group_event,
    .on_subscribed = on_subscribed,
    .on_subscription_down = on_subscription_down,
    .on_lost = on_lost,
    .presence = PRESENCE,
    .on_reports = on_reports,
    .on_mark = on_mark,
    .auth = AUTH,
    .on_subscription = on_subscription,
    .orders = ORDERS,
    .on_event = on_event,
    .words = WORDS,
    .on_stale = on_stale,
};

/* ---- the scene ---- */

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
