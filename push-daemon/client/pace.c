/* pace.c - clients that send more than they may are read no further for a moment.
 *
 * An answer for each message that is too many would cost more than the message. So TCP slows the
 * client down, and who sends a little too fast loses little. */
#include "push-daemon/client/pace.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/client/session.h"

enum {
    TICK_MS = 10,
    AT_ONCE = 8, /* let go in a tick, and that part of all that are held: */
    PART = 16
};

struct held {
    struct session *session; /* a reference */
    int64_t ticks;           /* of the timer, until it may be let go */
};

struct pace {
    struct held *held;
    size_t count;
    size_t capacity;
    struct loop_timer *timer; /* runs while there are any */
};

/* What a client has sent meanwhile is read in the next turn of the loop, not here. A hundred that
 * were held in one turn, and let go in one, would be read in one again, and all others wait. */
static void
pace_on_timer(void *arg)
{
    struct pace *p = arg;
    size_t left = 0, most = AT_ONCE + p->count / PART;

    for (size_t i = 0; i < p->count; i++) {
        struct held *h = &p->held[i];

        if (--h->ticks > 0 || most == 0) {
            p->held[left++] = *h;
        } else {
            most--;
            session_release(h->session, HOLD_PACE);
            session_unref(h->session);
        }
    }
    p->count = left;
    if (left > 0) {
        loop_timer_start(p->timer, TICK_MS, 0);
    }
}

void
pace_hold(struct pace *p, struct session *s, int64_t ms)
{
    if ((s->holds & HOLD_PACE) != 0 || !session_is_open(s)) {
        return;
    }
    if (p->count == p->capacity) {
        p->capacity = p->capacity > 0 ? 2 * p->capacity : 16;
        p->held = mem_resize(p->held, p->capacity * sizeof(*p->held));
    }
    if (p->count == 0) {
        loop_timer_start(p->timer, TICK_MS, 0);
    }
    ms = ms < PACE_MS ? PACE_MS : ms < PACE_MAX_MS ? ms : PACE_MAX_MS;
    p->held[p->count++] = (struct held){s, (ms + TICK_MS - 1) / TICK_MS};
    session_ref(s);
    session_hold(s, HOLD_PACE);
}

struct pace *
pace_create(const struct env *env)
{
    struct pace *p = mem_zalloc(sizeof(*p));

    p->timer = loop_timer_create(env->loop, pace_on_timer, p);
    return p;
}

void
pace_destroy(struct pace *p)
{
    if (p == NULL) {
        return;
    }
    for (size_t i = 0; i < p->count; i++) {
        session_unref(p->held[i].session);
    }
    loop_timer_destroy(p->timer);
    free(p->held);
    free(p);
}
