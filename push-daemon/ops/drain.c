/* drain.c - the end of a daemon: its clients leave one after the other. */
#include "push-daemon/ops/drain.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/core/env.h"
#include "push-daemon/room/flusher.h"

enum {
    STEP_MS = 20,
    SETTLE_MS = 1000, /* longest wait after that for the outcome of the clients' messages */
    STOP_MS = 1500    /* ... and for the clients to close */
};

struct drain {
    const struct env *env;
    struct sessions *sessions;
    struct flusher *flusher;
    struct drain_hooks hooks;
    struct loop_timer *step;
    size_t clients; /* at the beginning */
    int64_t began_ms;
    int64_t ends_ms; /* 0: it has not begun */
};

/* How many clients may still be here now. */
static size_t
drain_allowed(const struct drain *d, int64_t now)
{
    int64_t span = d->ends_ms - d->began_ms;

    return now >= d->ends_ms ? 0 : d->clients * (size_t)(d->ends_ms - now) / (size_t)span;
}

/* Once the clients have gone, or had time to, their users leave all groups. */
static bool
drain_is_over(const struct drain *d, int64_t now)
{
    bool gone = sessions_count(d->sessions) == 0;
    bool left = (gone || now >= d->ends_ms + SETTLE_MS) && d->hooks.leave_groups(d->hooks.presence);

    return (gone && left && d->hooks.open_count(d->hooks.chat) == 0) || now >= d->ends_ms + STOP_MS;
}

static void
drain_step(void *arg)
{
    struct drain *d = arg;
    int64_t now = env_now_ms(d->env);

    flusher_run_all(d->flusher);
    if (now < d->ends_ms + SETTLE_MS) {
        sessions_drain_to(d->sessions, drain_allowed(d, now), CLOSE_STOPPING);
    } else {
        sessions_close_all(d->sessions, CLOSE_STOPPING);
    }
    if (drain_is_over(d, now)) {
        loop_stop(d->env->loop);
    }
}

bool
drain_has_begun(const struct drain *d)
{
    return d->ends_ms != 0;
}

void
drain_begin(struct drain *d, int64_t span_ms)
{
    int64_t now = env_now_ms(d->env);

    sessions_announce_drain(d->sessions, span_ms);
    if (!drain_has_begun(d)) {
        d->clients = sessions_count(d->sessions);
        d->began_ms = now;
        d->ends_ms = now + span_ms;
    } else if (now + span_ms < d->ends_ms) {
        d->ends_ms = now + span_ms;
    }
    drain_step(d);
    loop_timer_start(d->step, STEP_MS, STEP_MS);
}

struct drain *
drain_create(const struct env *env, struct sessions *sessions, struct flusher *flusher,
             const struct drain_hooks *hooks)
{
    struct drain *d = mem_zalloc(sizeof(*d));

    d->env = env;
    d->sessions = sessions;
    d->flusher = flusher;
    d->hooks = *hooks;
    d->step = loop_timer_create(env->loop, drain_step, d);
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
