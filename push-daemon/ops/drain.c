/* drain.c - the end of a daemon: its clients leave one after the other. */
#include "push-daemon/ops/drain.h"

#include <stdbool.h>
#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/room/hub.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/net/ws.h"

enum {
    STEP_MS = 20,
    SETTLE_MS = 1000 /* longest wait, at the end, for what became of a client's messages */
};

struct drain {
    struct loop *loop;
    struct sessions *sessions;
    struct hub *hub;
    struct loop_timer *step;
    size_t all; /* clients at the beginning */
    int64_t began_ms;
    int64_t ends_ms; /* 0: it has not begun */
};

/* How many may still be here now. */
static size_t
allowed(const struct drain *d, int64_t now)
{
    int64_t span = d->ends_ms - d->began_ms;

    return now >= d->ends_ms ? 0 : d->all * (size_t)(d->ends_ms - now) / (size_t)span;
}

static void
on_step(void *arg)
{
    struct drain *d = arg;

    int64_t now = loop_now_ms(d->loop);

    hub_flush_all(d->hub);
    if (now < d->ends_ms + SETTLE_MS) {
        sessions_dismiss_down_to(d->sessions, allowed(d, now), WS_GOING_AWAY, "the daemon stops");
    } else {
        sessions_close_all(d->sessions, WS_GOING_AWAY, "the daemon stops");
    }
}

void
drain_begin(struct drain *d, int64_t span_ms)
{
    int64_t now = loop_now_ms(d->loop);

    if (d->ends_ms == 0) {
        d->all = sessions_count(d->sessions);
        d->began_ms = now;
        d->ends_ms = now + span_ms;
    } else if (now + span_ms < d->ends_ms) {
        d->ends_ms = now + span_ms;
    }
    on_step(d);
    loop_timer_start(d->step, STEP_MS, STEP_MS);
}

struct drain *
drain_create(struct loop *loop, struct sessions *sessions, struct hub *hub)
{
    struct drain *d = mem_zalloc(sizeof(*d));

    d->loop = loop;
    d->sessions = sessions;
    d->hub = hub;
    d->step = loop_timer_create(loop, on_step, d);
    return d;
}

void
drain_destroy(struct drain *d)
{
    if (d != NULL) {
        loop_timer_destroy(d->step);
        free(d);
    }
}
