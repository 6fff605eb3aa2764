/* node.c - one master, and the two connections to it. */
#include "push-daemon/nodes/node.h"

#include <stdlib.h>

#include "lib/cluster/redirection.h"
#include "lib/mem.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/redis/commands.h"
#include "push-daemon/redis/subscriber.h"

enum {
    NEW_MS = 1000
};

struct node {
    const struct env *env;
    struct place place;
    bool is_of_cluster;
    struct node_hooks hooks; /* of a node of a cluster */
    int64_t made_ms;
    bool was_ready;
    struct redis_clock own;
    struct redis_clock *clock; /* of one Redis that of the daemon, else its own */
    struct commands *commands;
    struct subscriber *subscriber;
    /* NULL until node_start(). */
    struct failover *failover;
    const struct node_events *events;
    struct argv argv;
};

static void
node_doubt(struct node *n)
{
    if (n->is_of_cluster) {
        n->hooks.on_doubt(n->hooks.ctx, n);
    }
}

/* ---- the command connection ---- */

static void
node_on_ready(void *ctx)
{
    struct node *n = ctx;

    n->was_ready = true;
    n->env->metrics->redis_commands++;
    n->events->on_ready(n->events->appender, n);
    n->events->on_commands(n->events->hub, n);
    n->events->on_reports(n->events->presence, n);
    if (n->is_of_cluster) {
        n->hooks.on_commands(n->hooks.ctx, n);
    } else {
        n->events->on_stale(n->events->words);
    }
}

static void
node_on_commands_down(void *ctx)
{
    struct node *n = ctx;

    n->env->metrics->redis_commands--;
    n->env->metrics->redis_reconnects++;
    n->events->on_down(n->events->appender, n);
    node_doubt(n);
}

/* ---- the subscription ---- */

static void
node_on_message(void *ctx, struct str group, struct str payload)
{
    struct node *n = ctx;

    n->events->on_message(n->events->hub, n, group, payload);
}

static void
node_on_mark(void *ctx, int64_t mark)
{
    struct node *n = ctx;

    n->events->on_mark(n->events->hub, n, mark);
}

static void
node_on_event(void *ctx, struct str event)
{
    struct node *n = ctx;

    n->events->on_event(n->events->orders, event);
}

/* Of a cluster: at the node that has the channel for all daemons. */
static void
node_on_subscription_up(void *ctx)
{
    struct node *n = ctx;

    n->events->on_stale(n->events->words);
    n->events->on_subscription(n->events->auth);
}

static void
node_on_group_event(void *ctx, struct str group, struct str event)
{
    struct node *n = ctx;

    n->events->on_group_event(n->events->hub, n, group, event);
}

static void
node_on_subscribed(void *ctx, struct str group)
{
    struct node *n = ctx;

    n->events->on_subscribed(n->events->hub, n, group);
}

static void
node_on_subscription_down(void *ctx)
{
    struct node *n = ctx;

    n->env->metrics->redis_subscription = 0;
    n->env->metrics->redis_reconnects++;
    n->events->on_subscription_down(n->events->hub, n);
    node_doubt(n);
}

static void
node_on_lost(void *ctx, struct str group)
{
    struct node *n = ctx;

    if (group.len > 0) {
        n->events->on_lost(n->events->hub, n, group);
    } else {
        n->hooks.on_lost_all(n->hooks.ctx, n);
    }
    node_doubt(n);
}

/* ---- both ---- */

static void
node_on_redirected(void *ctx, const struct redirection *r)
{
    struct node *n = ctx;

    n->hooks.on_redirected(n->hooks.ctx, n, r);
}

static void
node_on_refused(void *ctx, const struct reply *reply)
{
    struct node *n = ctx;
    struct redirection r = redirection_read(reply_text(reply), &n->place);

    if (r.kind != REDIRECTION_NONE) {
        node_on_redirected(n, &r);
    }
}

static void
node_on_moved(void *ctx, const struct redis_addr *addr)
{
    struct node *n = ctx;

    failover_to(n->failover, addr);
}

bool
node_every_second(struct node *n)
{
    commands_probe_clock(n->commands);
    if (subscriber_make_probe(n->subscriber, &n->argv) &&
        !commands_send(n->commands, &n->argv, NULL, NULL)) {
        return false;
    }
    subscriber_probed(n->subscriber);
    return true;
}

bool
node_is_ready(const struct node *n)
{
    return commands_is_ready(n->commands) && subscriber_is_up(n->subscriber) &&
           subscriber_silence_ms(n->subscriber) < SUBSCRIBER_SILENCE_MS;
}

void
node_drop(struct node *n, const char *reason)
{
    subscriber_drop(n->subscriber, reason);
    commands_drop(n->commands, reason);
}

const struct place *
node_place(const struct node *n)
{
    return n->is_of_cluster ? &n->place : NULL;
}

const struct redis_clock *
node_clock(const struct node *n)
{
    return n->clock;
}

void
node_note_clock(struct node *n, int64_t asked_ms, int64_t redis_ms)
{
    redis_clock_note(n->clock, asked_ms, redis_ms);
}

bool
node_is_subscribed(const struct node *n)
{
    return subscriber_is_up(n->subscriber);
}

int64_t
node_silence_ms(const struct node *n)
{
    return subscriber_silence_ms(n->subscriber);
}

void
node_failover_step(struct node *n)
{
    failover_step(n->failover);
}

void
node_flush(struct node *n)
{
    subscriber_flush(n->subscriber);
    commands_flush(n->commands);
}

/* ---- what others send ---- */

bool
node_takes_commands(const struct node *n)
{
    return commands_is_ready(n->commands);
}

bool
node_is_new(const struct node *n)
{
    return n->is_of_cluster && !n->was_ready && loop_now_ms(n->env->loop) - n->made_ms < NEW_MS;
}

bool
node_send(struct node *n, const struct argv *argv, reply_fn *fn, void *arg)
{
    return commands_send(n->commands, argv, fn, arg);
}

bool
node_send_script(struct node *n, const struct argv *argv, reply_fn *fn, void *arg)
{
    return commands_send_script(n->commands, argv, fn, arg);
}

void
node_subscribe(struct node *n, struct str group)
{
    subscriber_add(n->subscriber, group);
}

void
node_unsubscribe(struct node *n, struct str group)
{
    subscriber_remove(n->subscriber, group);
}

/* ---- life ---- */

struct node *
node_create(const struct env *env, struct str daemon_id, const struct place *place,
            const struct node_hooks *hooks)
{
    static const struct commands_events command_events = {node_on_ready, node_on_commands_down,
                                                          node_on_moved, node_on_refused};
    static const struct subscriber_events subscription_events = {
        .on_message = node_on_message,
        .on_mark = node_on_mark,
        .on_event = node_on_event,
        .on_group_event = node_on_group_event,
        .on_up = node_on_subscription_up,
        .on_subscribed = node_on_subscribed,
        .on_down = node_on_subscription_down,
        .on_moved = node_on_moved,
        .on_lost = node_on_lost,
        .on_redirected = node_on_redirected,
    };
    struct node *n = mem_zalloc(sizeof(*n));

    n->env = env;
    n->clock = env->redis_clock;
    if (place != NULL) {
        n->is_of_cluster = true;
        n->place = *place;
        n->hooks = *hooks;
        n->clock = &n->own;
        n->made_ms = loop_now_ms(env->loop);
    }
    argv_init(&n->argv);
    n->commands = commands_create(env, place, n->clock, &command_events, n);
    n->subscriber =
        subscriber_create(env->loop, env->config, place, daemon_id, &subscription_events, n);
    if (n->commands == NULL || n->subscriber == NULL) {
        node_destroy(n);
        return NULL;
    }
    return n;
}

void
node_start(struct node *n, const struct node_events *events)
{
    n->events = events;
    n->failover = failover_create(n->env, n->commands, n->subscriber, &events->failover);
    commands_start(n->commands);
    subscriber_start(n->subscriber);
}

void
node_destroy(struct node *n)
{
    if (n != NULL) {
        failover_destroy(n->failover);
        subscriber_destroy(n->subscriber);
        commands_destroy(n->commands);
        argv_fini(&n->argv);
        free(n);
    }
}
