/* sessions.c - all clients of a daemon: their number, their pings, and the end of each. */
#include "push-daemon/client/sessions.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/client/alive.h"
#include "push-daemon/client/pace.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/frames/form.h"

enum {
    ENTER_MS = 3000, /* longest wait for login, membership and first frame */
    AUTH_MS = 5000,  /* longest wait for the frame `auth` before that */
    ECHO_MS = 40     /* longer than it takes from the reply of an append to its PUBLISH */
};

struct sessions {
    struct session_owner owner; /* the first member, so that each is a pointer to the other */
    struct admission *admission;
    struct pace *pace;
    struct session **table; /* that have a connection, in no order */
    size_t count;
    size_t capacity;
    uint64_t last_id;
};

/* ---- pings ---- */

/* For how long it has said nothing. If it never does, or is not read while a frame goes to it in
 * pieces, what it takes is its sign of life. */
static int64_t
sessions_silent_ms(struct session *s, int64_t now)
{
    bool is_unheard = s->kind->form->is_one_way || (s->holds & HOLD_FRAME) != 0;

    if (is_unheard && s->last_rx_ms < s->last_taken_ms) {
        s->last_rx_ms = s->last_taken_ms;
    }
    return now - s->last_rx_ms;
}

static void
sessions_check_live(struct sessions *all, struct session *s, int64_t now)
{
    const struct config *config = all->owner.env->config;
    int64_t interval_ms = config->push.ping_interval_s * 1000;
    int64_t timeout_ms = config->push.pong_timeout_s * 1000;
    int64_t stalled_ms = alive_stalled_ms(s), silent_ms = sessions_silent_ms(s, now);
    int64_t next_ping, left;

    if (silent_ms >= timeout_ms || stalled_ms >= timeout_ms) {
        session_close(s, silent_ms > stalled_ms ? CLOSE_NO_PONG : CLOSE_TAKES_NOTHING);
        return;
    }
    if (now - s->last_ping_ms >= interval_ms) {
        alive_ping(s);
    }
    next_ping = s->last_ping_ms + interval_ms - now;
    left = timeout_ms - (silent_ms > stalled_ms ? silent_ms : stalled_ms);
    session_check_in(s, (unsigned)(((next_ping < left ? next_ping : left) + 999) / 1000));
}

static void
sessions_check_entering(struct session *s, int64_t now)
{
    bool awaits_auth = s->v2 != NULL && s->v2->awaits_auth;

    if (now - s->enters_since_ms >= (awaits_auth ? AUTH_MS : ENTER_MS)) {
        session_close(s, awaits_auth ? CLOSE_LOGIN_FIRST : CLOSE_NO_FIRST_FRAME);
    } else {
        session_check_in(s, 1);
    }
}

static void
sessions_check(void *arg, struct timer_wheel_item *item)
{
    struct session *s = (struct session *)((char *)item - offsetof(struct session, check));
    struct sessions *all = arg;
    int64_t now = env_now_ms(all->owner.env);

    switch (s->state) {
    case SESSION_ENTERING:
    case SESSION_WAITING:
        sessions_check_entering(s, now);
        return;
    case SESSION_LIVE:
        sessions_check_live(all, s, now);
        return;
    case SESSION_CLOSING:
        session_kill(s);
        return;
    case SESSION_CLOSED:
        return;
    }
}

void
sessions_every_second(struct sessions *all)
{
    timer_wheel_turn(&all->owner.checks, sessions_check, all);
}

/* ---- what waits for slow clients ---- */

/* Of those for which a large frame waits, the one that has taken nothing for the longest time. */
static struct session *
sessions_slowest(const struct sessions *all)
{
    struct session *slowest = NULL;
    int64_t most_ms = -1;

    for (size_t i = 0; i < all->count; i++) {
        struct session *s = all->table[i];
        int64_t stalled_ms = outbox_is_large(&s->outbox) ? alive_stalled_ms(s) : -1;

        if (stalled_ms > most_ms ||
            (stalled_ms == most_ms && slowest != NULL && s->id < slowest->id && stalled_ms >= 0)) {
            most_ms = stalled_ms;
            slowest = s;
        }
    }
    return slowest;
}

void
sessions_bound_frames(struct sessions *all)
{
    struct session *s;

    while (blob_bytes_held() > SESSIONS_FRAMES_MAX && (s = sessions_slowest(all)) != NULL) {
        if (session_is_open(s)) {
            session_close(s, CLOSE_TOO_MUCH_WAITS);
        } else {
            session_kill(s);
        }
    }
}

/* ---- coming and going ---- */

static void
sessions_add(struct sessions *all, struct session *s)
{
    if (all->count == all->capacity) {
        all->capacity = all->capacity > 0 ? 2 * all->capacity : 64;
        all->table = mem_resize(all->table, all->capacity * sizeof(*all->table));
    }
    s->id = ++all->last_id;
    s->slot = all->count;
    all->table[all->count++] = s;
}

static void
sessions_on_closed(struct session_owner *owner, struct session *s)
{
    struct sessions *all = (struct sessions *)owner;
    struct session *last = all->table[--all->count];

    all->table[s->slot] = last;
    last->slot = s->slot;
    admission_leave(all->admission, &s->ticket);
    if (s->v2 != NULL) {
        jwt_claims_fini(&s->v2->claims);
    }
    owner->env->metrics->connections--;
}

struct session *
sessions_open(struct sessions *all, struct ws *ws, const struct ws_request *request,
              const struct session_kind *kind, void *ctx)
{
    struct session *s = session_create(&all->owner, ws, request, kind, ctx);

    sessions_add(all, s);
    s->ticket = admission_enter(all->admission, request);
    all->owner.env->metrics->connections++;
    all->owner.env->metrics->connections_all++;
    log_debug("opened session=%" PRIu64 " kind=%s group=%s user=%s client=%s", s->id, kind->name,
              log_quote(s->group).text, log_quote(s->user).text, address_text(&s->client).text);
    return s;
}

void
sessions_on_frame(struct session *s)
{
    struct sessions *all = (struct sessions *)s->owner;

    s->last_rx_ms = env_now_ms(s->owner->env);
    if (!admission_take_frame(all->admission, &s->ticket, s->user)) {
        pace_hold(all->pace, s, PACE_MS);
    }
}

bool
sessions_take_message(struct sessions *all, struct session *s, size_t bytes)
{
    bool taken = admission_take_message(all->admission, &s->ticket, s->user, bytes);

    if (!taken) {
        pace_hold(all->pace, s, admission_wait_ms(all->admission, &s->ticket, bytes));
    }
    return taken;
}

bool
sessions_may_send(struct sessions *all, struct session *s, size_t bytes)
{
    bool may = admission_allows(all->admission, &s->ticket, bytes);

    if (!may) {
        pace_hold(all->pace, s, admission_wait_ms(all->admission, &s->ticket, bytes));
    }
    return may;
}

void
sessions_charge(struct sessions *all, struct session *s, size_t bytes)
{
    admission_charge(all->admission, &s->ticket, s->user, bytes);
}

void
sessions_announce_drain(struct sessions *all, int64_t span_ms)
{
    for (size_t i = all->count; i > 0; i--) {
        struct session *s = all->table[i - 1];

        if (s->kind->on_drain != NULL && s->state == SESSION_LIVE) {
            s->kind->on_drain(s, span_ms);
        }
    }
}

void
sessions_each(const struct sessions *all, void (*fn)(void *arg, struct session *s), void *arg)
{
    for (size_t i = all->count; i > 0; i--) {
        fn(arg, all->table[i - 1]);
    }
}

void
sessions_each_of(const struct sessions *all, struct str user,
                 void (*fn)(void *arg, struct session *s), void *arg)
{
    for (size_t i = all->count; i > 0; i--) {
        if (str_equal(all->table[i - 1]->user, user)) {
            fn(arg, all->table[i - 1]);
        }
    }
}

size_t
sessions_count(const struct sessions *all)
{
    return all->count;
}

/* ---- the end of the daemon ---- */

static size_t
sessions_count_open(const struct sessions *all)
{
    size_t open = 0;

    for (size_t i = 0; i < all->count; i++) {
        open += session_is_open(all->table[i]);
    }
    return open;
}

/* Closes it, if its messages have an outcome and have had the time to come back by PUBLISH. */
static void
sessions_drain_one(struct sessions *all, struct session *s, enum close_reason reason)
{
    int64_t since_ms = env_now_ms(all->owner.env) - ECHO_MS;

    if (s->kind->is_settled != NULL && !s->kind->is_settled(s, since_ms)) {
        session_hold(s, HOLD_DRAIN);
    } else {
        session_close(s, reason);
    }
}

/* Returns how many are left to close. The table does not change meanwhile: a connection ends in
 * a turn of its own. */
static size_t
sessions_drain_some(struct sessions *all, size_t wanted, bool write_blocked,
                    enum close_reason reason)
{
    for (size_t i = all->count; i > 0 && wanted > 0; i--) {
        struct session *s = all->table[i - 1];

        if (session_is_open(s) && s->write_blocked == write_blocked) {
            sessions_drain_one(all, s, reason);
            wanted--;
        }
    }
    return wanted;
}

void
sessions_drain_to(struct sessions *all, size_t max, enum close_reason reason)
{
    size_t open = sessions_count_open(all), wanted = open > max ? open - max : 0;

    wanted = sessions_drain_some(all, wanted, false, reason);
    (void)sessions_drain_some(all, wanted, true, reason);
}

void
sessions_close_all(struct sessions *all, enum close_reason reason)
{
    for (size_t i = all->count; i > 0; i--) {
        session_close(all->table[i - 1], reason);
    }
}

/* ---- life ---- */

struct sessions *
sessions_create(const struct env *env, struct admission *admission)
{
    struct sessions *all = mem_zalloc(sizeof(*all));

    all->owner.env = env;
    all->owner.on_closed = sessions_on_closed;
    all->admission = admission;
    all->pace = pace_create(env);
    return all;
}

void
sessions_destroy(struct sessions *all)
{
    if (all != NULL) {
        pace_destroy(all->pace);
        free(all->table);
        free(all);
    }
}
