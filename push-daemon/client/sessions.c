/* sessions.c - all clients: their number, their pings, and the end of the closed ones. */
#include "push-daemon/client/sessions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/client/session.h"

enum {
    ENTER_MS = 3000, /* longest wait for login, membership and first frame */
    ECHO_MS = 40     /* more than a message that Redis has answered for takes by PUBLISH */
};

struct sessions {
    struct loop *loop;
    const struct config *config;
    struct admission *admission;
    struct metrics *metrics;
    struct timer_wheel pings;
    struct loop_timer *second;
    struct session **table; /* those with a connection, in no order */
    size_t count;
    size_t room;
    uint64_t last_id;
    struct session *dead; /* by reap_next */
};

/* ---- pings ---- */

static void
look_at_live(struct sessions *all, struct session *s, int64_t now)
{
    int64_t interval_ms = all->config->push.ping_interval_s * 1000;
    int64_t timeout_ms = all->config->push.pong_timeout_s * 1000;
    int64_t next_ping, deadline, next;

    if (now - s->heard_ms >= timeout_ms) {
        session_close(s, 0, "no answer to pings");
        return;
    }
    if (now - s->pinged_ms >= interval_ms) {
        s->pinged_ms = now;
        (void)ws_ping(s->ws); /* not taken: it is behind, and must take that first */
    }
    next_ping = s->pinged_ms + interval_ms - now;
    deadline = s->heard_ms + timeout_ms - now;
    next = next_ping < deadline ? next_ping : deadline;
    sessions_look_at(all, s, (unsigned)((next + 999) / 1000));
}

static void
on_due(void *arg, struct timer_wheel_item *item)
{
    struct session *s = (struct session *)((char *)item - offsetof(struct session, ping));
    struct sessions *all = arg;
    int64_t now = loop_now_ms(all->loop);

    switch (s->state) {
    case SESSION_ENTERING:
    case SESSION_WAITING:
        if (now - s->opened_ms >= ENTER_MS) {
            session_refuse(s, "503", WS_TRY_AGAIN_LATER, "no first frame in time");
        } else {
            sessions_look_at(all, s, 1);
        }
        return;
    case SESSION_LIVE:
        look_at_live(all, s, now);
        return;
    case SESSION_CLOSING:
        ws_kill(s->ws);
        return;
    case SESSION_CLOSED:
        return;
    }
}

static void
on_second(void *arg)
{
    struct sessions *all = arg;

    timer_wheel_turn(&all->pings, on_due, all);
}

void
sessions_look_at(struct sessions *all, struct session *s, unsigned seconds)
{
    timer_wheel_remove(&s->ping);
    timer_wheel_add(&all->pings, &s->ping, seconds > 0 ? seconds - 1 : 0);
}

/* ---- coming and going ---- */

void
sessions_add(struct sessions *all, struct session *s)
{
    if (all->count == all->room) {
        all->room = all->room > 0 ? 2 * all->room : 64;
        all->table = mem_resize(all->table, all->room * sizeof(*all->table));
    }
    s->all = all;
    s->id = ++all->last_id;
    s->index = all->count;
    all->table[all->count++] = s;
    s->opened_ms = s->heard_ms = s->pinged_ms = loop_now_ms(all->loop);
    sessions_look_at(all, s, 1);
}

void
sessions_remove(struct sessions *all, struct session *s)
{
    struct session *last = all->table[--all->count];

    all->table[s->index] = last;
    last->index = s->index;
    timer_wheel_remove(&s->ping);
}

void
sessions_reap(struct sessions *all, struct session *s)
{
    s->reap_next = all->dead;
    all->dead = s;
}

static void
bury(void *arg)
{
    struct sessions *all = arg;

    while (all->dead != NULL) {
        struct session *s = all->dead;

        all->dead = s->reap_next;
        free(s);
    }
}

size_t
sessions_count(const struct sessions *all)
{
    return all->count;
}

int64_t
sessions_now_ms(const struct sessions *all)
{
    return loop_now_ms(all->loop);
}

struct admission *
sessions_door(const struct sessions *all)
{
    return all->admission;
}

struct metrics *
sessions_metrics(const struct sessions *all)
{
    return all->metrics;
}

size_t
sessions_max_message(const struct sessions *all)
{
    return (size_t)all->config->message.max_message_bytes;
}

static size_t
count_open(const struct sessions *all)
{
    size_t open = 0;

    for (size_t i = 0; i < all->count; i++) {
        open += session_is_open(all->table[i]);
    }
    return open;
}

/* Closes it; but first waits for the outcome of what it has said, and for that to come back by PUBLISH. */
static void
dismiss(struct session *s, int64_t now, int code, const char *reason)
{
    if (s->open_messages == 0 && now - s->outcome_ms >= ECHO_MS) {
        session_close(s, code, reason);
    } else if (!s->dismissed) {
        s->dismissed = s->paused = true;
        ws_pause(s->ws, true);
    }
}

/* Returns how many are left to close. Nobody leaves the table meanwhile: a connection ends in a turn of its
 * own. */
static size_t
dismiss_some(struct sessions *all, size_t wanted, bool behind, int code, const char *reason)
{
    for (size_t i = all->count; i > 0 && wanted > 0; i--) {
        struct session *s = all->table[i - 1];

        if (session_is_open(s) && s->behind == behind) {
            dismiss(s, loop_now_ms(all->loop), code, reason);
            wanted--;
        }
    }
    return wanted;
}

void
sessions_dismiss_down_to(struct sessions *all, size_t most, int code, const char *reason)
{
    size_t open = count_open(all), wanted = open > most ? open - most : 0;

    wanted = dismiss_some(all, wanted, false, code, reason);
    (void)dismiss_some(all, wanted, true, code, reason);
}

void
sessions_close_all(struct sessions *all, int code, const char *reason)
{
    for (size_t i = all->count; i > 0; i--) {
        session_close(all->table[i - 1], code, reason);
    }
}

struct sessions *
sessions_create(struct loop *loop, const struct config *config, struct admission *admission,
                struct metrics *metrics)
{
    struct sessions *all = mem_zalloc(sizeof(*all));

    all->loop = loop;
    all->config = config;
    all->admission = admission;
    all->metrics = metrics;
    all->second = loop_timer_create(loop, on_second, all);
    loop_timer_start(all->second, 1000, 1000);
    loop_on_turn_end(loop, bury, all);
    return all;
}

void
sessions_destroy(struct sessions *all)
{
    if (all == NULL) {
        return;
    }
    bury(all);
    loop_timer_destroy(all->second);
    free(all->table);
    free(all);
}
