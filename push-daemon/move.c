/* move.c - to another master. */
#include "push-daemon/move.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "lib/redis/sentinel.h"
#include "push-daemon/append.h"
#include "push-daemon/loop.h"
#include "push-daemon/rcmd.h"
#include "push-daemon/rsub.h"

enum {
    PATIENCE_MS = 300 /* with the old master */
};

struct move {
    struct loop *loop;
    struct rcmd *rcmd;
    struct rsub *rsub;
    struct appender *appender;
    struct loop_timer *patience;
    bool under_way;
    struct redis_addr place;
};

static void
leave(void *arg)
{
    struct move *m = arg;

    m->under_way = false;
    loop_timer_stop(m->patience);
    rsub_follow(m->rsub, &m->place);
    rcmd_follow(m->rcmd, &m->place);
}

static void
leave_if_settled(void *arg)
{
    struct move *m = arg;

    if (m->under_way && append_is_settled(m->appender)) {
        leave(m);
    }
}

void
move_to(struct move *m, const struct redis_addr *place)
{
    m->place = *place;
    if (!rcmd_is_at(m->rcmd, place)) {
        append_hold(m->appender);
    }
    if (!m->under_way) {
        m->under_way = true;
        loop_timer_start(m->patience, PATIENCE_MS, 0);
    }
}

struct move *
move_create(struct loop *loop, struct rcmd *rcmd, struct rsub *rsub, struct appender *appender)
{
    struct move *m = mem_zalloc(sizeof(*m));

    m->loop = loop;
    m->rcmd = rcmd;
    m->rsub = rsub;
    m->appender = appender;
    m->patience = loop_timer_create(loop, leave, m);
    loop_on_turn_end(loop, leave_if_settled, m);
    return m;
}

void
move_destroy(struct move *m)
{
    if (m != NULL) {
        loop_timer_destroy(m->patience);
        free(m);
    }
}
