/* failover.c - to another master, when the Sentinels name one. */
#include "push-daemon/redis/failover.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "lib/redis/sentinel.h"
#include "push-daemon/core/env.h"
#include "push-daemon/redis/commands.h"
#include "push-daemon/redis/subscriber.h"

enum {
    SETTLE_MS = 300 /* longest wait for the old master */
};

struct failover {
    struct commands *commands;
    struct subscriber *subscriber;
    struct failover_hooks hooks;
    struct loop_timer *timeout;
    bool under_way;
    struct redis_addr to;
};

static void
failover_leave(void *arg)
{
    struct failover *f = arg;

    f->under_way = false;
    loop_timer_stop(f->timeout);
    subscriber_follow(f->subscriber, &f->to);
    commands_follow(f->commands, &f->to);
}

void
failover_step(struct failover *f)
{
    if (f->under_way && f->hooks.is_settled(f->hooks.appender)) {
        failover_leave(f);
    }
}

void
failover_to(struct failover *f, const struct redis_addr *addr)
{
    f->to = *addr;
    if (!commands_is_at(f->commands, addr)) {
        f->hooks.hold(f->hooks.appender);
    }
    if (!f->under_way) {
        f->under_way = true;
        loop_timer_start(f->timeout, SETTLE_MS, 0);
    }
}

struct failover *
failover_create(const struct env *env, struct commands *commands, struct subscriber *subscriber,
                const struct failover_hooks *hooks)
{
    struct failover *f = mem_zalloc(sizeof(*f));

    f->commands = commands;
    f->subscriber = subscriber;
    f->hooks = *hooks;
    f->timeout = loop_timer_create(env->loop, failover_leave, f);
    return f;
}

void
failover_destroy(struct failover *f)
{
    if (f != NULL) {
        loop_timer_destroy(f->timeout);
        free(f);
    }
}
