/* link.c - a daemon's link to Redis. */
#include "push-daemon/redis/link.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/core/env.h"
#include "push-daemon/redis/commands.h"
#include "push-daemon/redis/subscriber.h"

struct link {
    const struct env *env;
    struct str node_id;
    struct commands *commands;
    struct subscriber *subscriber;
    struct failover *failover; /* NULL until link_start() */
    struct link_events events;
    struct argv argv;
};

/* ---- the command connection ---- */

static void
link_on_ready(void *ctx)
{
    struct link *l = ctx;

    l->env->metrics->redis_commands = 1;
    l->events.on_ready(l->events.appender);
    l->events.on_commands(l->events.hub);
    l->events.on_reports(l->events.presence);
    l->events.on_stale(l->events.words);
}

static void
link_on_commands_down(void *ctx)
{
    struct link *l = ctx;

    l->env->metrics->redis_commands = 0;
    l->env->metrics->redis_reconnects++;
    l->events.on_down(l->events.appender);
}

/* ---- the subscription ---- */

static void
link_on_message(void *ctx, struct str group, struct str payload)
{
    struct link *l = ctx;

    l->events.on_message(l->events.hub, group, payload);
}

static void
link_on_mark(void *ctx, int64_t mark)
{
    struct link *l = ctx;

    l->events.on_mark(l->events.marks, mark);
}

static void
link_on_event(void *ctx, struct str event)
{
    struct link *l = ctx;

    l->events.on_event(l->events.orders, event);
}

static void
link_on_subscription_up(void *ctx)
{
    struct link *l = ctx;

    l->events.on_stale(l->events.words);
    l->events.on_subscription(l->events.auth);
}

static void
link_on_group_event(void *ctx, struct str group, struct str event)
{
    struct link *l = ctx;

    l->events.on_group_event(l->events.hub, group, event);
}

static void
link_on_subscribed(void *ctx, struct str group)
{
    struct link *l = ctx;

    l->events.on_subscribed(l->events.hub, group);
}

static void
link_on_subscription_down(void *ctx)
{
    struct link *l = ctx;

    l->env->metrics->redis_subscription = 0;
    l->env->metrics->redis_reconnects++;
    l->events.on_subscription_down(l->events.hub);
}

/* ---- both ---- */

static void
link_on_moved(void *ctx, const struct redis_addr *addr)
{
    struct link *l = ctx;

    failover_to(l->failover, addr);
}

void
link_every_second(struct link *l)
{
    l->env->metrics->redis_subscription = subscriber_is_up(l->subscriber);
    l->env->metrics->probe_age_ms = (uint64_t)subscriber_silence_ms(l->subscriber);
    commands_probe_clock(l->commands);
    cmd_publish(&l->argv, l->env->config, l->node_id, SUBSCRIBER_PROBE_MARK);
    if (commands_send(l->commands, &l->argv, NULL, NULL)) {
        subscriber_probed(l->subscriber);
        l->events.retry(l->events.hub);
    }
}

bool
link_is_ready(const struct link *l)
{
    return commands_is_ready(l->commands) && subscriber_is_up(l->subscriber) &&
           subscriber_silence_ms(l->subscriber) < SUBSCRIBER_SILENCE_MS;
}

void
link_failover_step(struct link *l)
{
    failover_step(l->failover);
}

void
link_flush(struct link *l)
{
    subscriber_flush(l->subscriber);
    commands_flush(l->commands);
}

struct commands *
link_commands(struct link *l)
{
    return l->commands;
}

struct subscriber *
link_subscriber(struct link *l)
{
    return l->subscriber;
}

/* ---- life ---- */

struct link *
link_create(const struct env *env, struct str node_id)
{
    static const struct commands_events command_events = {link_on_ready, link_on_commands_down,
                                                          link_on_moved};
    static const struct subscriber_events subscription_events = {
        .on_message = link_on_message,
        .on_mark = link_on_mark,
        .on_event = link_on_event,
        .on_group_event = link_on_group_event,
        .on_up = link_on_subscription_up,
        .on_subscribed = link_on_subscribed,
        .on_down = link_on_subscription_down,
        .on_moved = link_on_moved,
    };
    struct link *l = mem_zalloc(sizeof(*l));

    l->env = env;
    l->node_id = node_id;
    argv_init(&l->argv);
    l->commands = commands_create(env, &command_events, l);
    l->subscriber = subscriber_create(env->loop, env->config, node_id, &subscription_events, l);
    if (l->commands == NULL || l->subscriber == NULL) {
        link_destroy(l);
        return NULL;
    }
    return l;
}

void
link_start(struct link *l, const struct link_events *events)
{
    l->events = *events;
    l->failover = failover_create(l->env, l->commands, l->subscriber, &events->failover);
    commands_start(l->commands);
    subscriber_start(l->subscriber);
}

void
link_destroy(struct link *l)
{
    if (l != NULL) {
        failover_destroy(l->failover);
        subscriber_destroy(l->subscriber);
        commands_destroy(l->commands);
        argv_fini(&l->argv);
        free(l);
    }
}
