/* fake_parts.h - what a node has below it and above it, made up: it notes what happens to it. */
#ifndef TESTS_UNIT_PUSHD_NODES_FAKE_PARTS_H
#define TESTS_UNIT_PUSHD_NODES_FAKE_PARTS_H

#include <stdio.h>

#include "lib/cluster/redirection.h"
#include "lib/redis/sentinel.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/nodes/node.h"
#include "push-daemon/redis/commands.h"
#include "push-daemon/redis/subscriber.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"
#include "tests/unit/push-daemon/replies.h"

/* ---- fakes of redis/commands.h, redis/subscriber.h and redis/failover.h ---- */

static char happened[256]; /* a word for each thing, with a blank behind it */

static inline void
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

static inline void
on_ready(struct appender *a, struct node *node)
{
    assert_ptr_equal(a, APPENDER);
    assert_ptr_equal(node, n);
    NOTE("ready");
}

static inline void
on_down(struct appender *a, struct node *node)
{
    assert_ptr_equal(a, APPENDER);
    assert_ptr_equal(node, n);
    NOTE("down");
}

static inline void
hold(struct appender *a)
{
    (void)a;
}

static inline void
on_commands(struct hub *hub, struct node *node)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    NOTE("on-commands");
}

static inline void
on_reports(struct presence *p, struct node *node)
{
    assert_ptr_equal(p, PRESENCE);
    assert_ptr_equal(node, n);
    NOTE("on-reports");
}

static inline void
on_message(struct hub *hub, struct node *node, struct str group, struct str payload)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    note("message:", group);
    note("=", payload);
}

static inline void
on_group_event(struct hub *hub, struct node *node, struct str group, struct str event)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    note("group-event:", group);
    note("=", event);
}

static inline void
on_subscribed(struct hub *hub, struct node *node, struct str group)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    note("subscribed:", group);
}

static inline void
on_subscription_down(struct hub *hub, struct node *node)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    NOTE("subscription-down");
}

static inline void
on_lost(struct hub *hub, struct node *node, struct str group)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    note("lost:", group);
}

static inline void
on_mark(struct hub *hub, struct node *node, int64_t mark)
{
    assert_ptr_equal(hub, HUB);
    assert_ptr_equal(node, n);
    assert_int_equal(mark, 7);
    NOTE("mark");
}

static inline void
on_event(struct orders *orders, struct str event)
{
    assert_ptr_equal(orders, ORDERS);
    note("event:", event);
}

static inline void
on_stale(struct words *words)
{
    assert_ptr_equal(words, WORDS);
    NOTE("stale");
}

static inline void
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

#endif
