/* failover.c - to another master. */
#include "push-daemon/redis/failover.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "lib/redis/sentinel.h"
#include "push-daemon/chat/append.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/redis/commands.h"
#include "push-daemon/redis/subscriber.h"

enum {
    PATIENCE_MS = 300 /* with the old master */
};

struct failover {
    struct loop *loop;
    struct commands *commands;
    struct subscriber *subscriber;
    struct appender *appender;
    struct loop_timer *patience;
    bool under_way;
    struct redis_addr place;
};

static void
leave(void *arg)
{
    struct failover *m = arg;

    m->under_way = false;
    loop_timer_stop(m->patience);
    subscriber_follow(m->subscriber, &m->place);
    commands_follow(m->commands, &m->place);
}

static void
leave_if_settled(void *arg)
{
    struct failover *m = arg;

    if (m->under_way && append_is_settled(m->appender)) {
        leave(m);
    }
}

void
failover_to(struct failover *m, const struct redis_addr *place)
{
    m->place = *place;
    if (!commands_is_at(m->commands, place)) {
        append_hold(m->appender);
    }
    if (!m->under_way) {
        m->under_way = true;
        loop_timer_start(m->patience, PATIENCE_MS, 0);
    }
}

struct failover *
failover_create(struct loop *loop, struct commands *commands, struct subscriber *subscriber,
                struct appender *appender)
{
    struct failover *m = mem_zalloc(sizeof(*m));

    m->loop = loop;
    m->commands = commands;
    m->subscriber = subscriber;
    m->appender = appender;
    m->patience = loop_timer_create(loop, leave, m);
    loop_on_turn_end(loop, leave_if_settled, m);
    return m;
}

void
failover_destroy(struct failover *m)
{
    if (m != NULL) {
        loop_timer_destroy(m->patience);
        free(m);
    }
}
