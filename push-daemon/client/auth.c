/* auth.c - may a client come in, and may it stay: login, membership and bans, asked of Redis. */
#include "push-daemon/client/auth.h"

#include <stddef.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/resp.h"
#include "push-daemon/client/auth_query.h"
#include "push-daemon/client/identity.h"
#include "push-daemon/client/receive.h"
#include "push-daemon/client/rules.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/spread.h"

enum {
    RECHECK_SECONDS = 60
};

/* ---- staying ---- */

/* Its JWT may expire before. */
static unsigned
auth_recheck_in(const struct session *s)
{
    int64_t left_ms = RECHECK_SECONDS * INT64_C(1000);

    if (s->v2 != NULL && s->v2->expires_ms > 0) {
        int64_t until_ms = s->v2->expires_ms - clock_unix_ms();

        left_ms = until_ms < left_ms ? until_ms : left_ms;
    }
    return left_ms > 1000 ? (unsigned)((left_ms - 1) / 1000) : 0;
}

/* Unless it is due already: to be checked soon, or by an answer that came since. */
static void
auth_recheck_later(struct auth *auth, struct session *s)
{
    if (session_is_open(s) && s->recheck.slot == NULL) {
        timer_wheel_add(&auth->rechecks, &s->recheck, auth_recheck_in(s));
    }
}

/* Only a clear no ends the session. While Redis is in trouble, nobody loses the connection. */
static void
auth_on_rechecked(void *arg, const struct reply *reply)
{
    struct auth_query *q = arg;
    struct session *s = q->session;

    if (session_is_open(s) && !rules_refuse(s, reply, CLOSE_TOKEN_EXPIRED)) {
        if (rules_allow(reply)) {
            auth_query_note(s, reply, q->then == NULL);
            auth_query_hand_on_settings(q, reply);
        }
        if (q->then != NULL && session_is_open(s)) {
            q->then(s);
        }
    }
    auth_recheck_later(q->auth, s);
    auth_query_end(q);
}

static void
auth_check(struct auth *auth, struct session *s, void (*then)(struct session *s))
{
    struct auth_query *q = auth_query_begin(auth, s, then);

    auth->env->metrics->rechecks++;
    if (!auth_query_send(q, auth_token(auth, s), &s->client, CMD_STAY, auth_on_rechecked)) {
        auth_on_rechecked(q, NULL);
    }
}

static void
auth_recheck(void *arg, struct timer_wheel_item *item)
{
    struct session *s = (struct session *)((char *)item - offsetof(struct session, recheck));

    if (identity_has_expired(s)) {
        session_close(s, CLOSE_JWT_EXPIRED);
    } else {
        auth_check(arg, s, NULL);
    }
}

void
auth_renew(struct auth *auth, struct session *s, void (*on_renewed)(struct session *s))
{
    timer_wheel_remove(&s->recheck);
    auth_check(auth, s, on_renewed);
}

void
auth_every_second(struct auth *auth)
{
    timer_wheel_turn(&auth->rechecks, auth_recheck, auth);
}

/* Who comes in is being asked about. Whose JWT is about to expire is looked at in time. */
void
auth_recheck_soon(struct auth *auth, struct session *s)
{
    if (session_is_open(s) && s->state != SESSION_ENTERING &&
        auth_recheck_in(s) >= SPREAD_MS / 1000) {
        timer_wheel_remove(&s->recheck);
        spread_add(auth->soon, &s->recheck);
    }
}

void
auth_recheck_now(struct auth *auth, struct session *s)
{
    if (session_is_open(s)) {
        timer_wheel_remove(&s->recheck);
        auth_recheck(auth, &s->recheck);
    }
}

/* ---- coming in ---- */

static void
auth_admit(const struct auth_query *q, const struct reply *reply)
{
    struct session *s = q->session;

    if (rules_allow(reply)) {
        auth_query_note(s, reply, false);
    }
    auth_recheck_later(q->auth, s);
    q->then(s);
    if (rules_allow(reply) && session_is_open(s)) {
        auth_query_hand_on_settings(q, reply);
    }
    if (receive_is_ready(s)) {
        receive_kept(s);
    }
}

static void
auth_refuse_by_redis(struct session *s, const struct reply *reply)
{
    log_warn("enter-refused answer=%s", log_quote(reply_complaint(reply)).text);
    if (reply_is_passing(reply)) {
        session_close(s, CLOSE_REDIS_BUSY);
    } else {
        session_close(s, CLOSE_ENTER_FAULT);
    }
}

/* A group-list client that needs no login comes in, unless Redis says clearly that it is banned. */
static bool
auth_needs_redis(const struct auth *auth, const struct session *s)
{
    return s->group.len > 0 || auth_token(auth, s).len > 0;
}

static void
auth_on_entered(void *arg, const struct reply *reply)
{
    struct auth_query *q = arg;
    struct session *s = q->session;

    if (!session_is_open(s) || rules_refuse(s, reply, CLOSE_NOT_LOGGED_IN)) {
        /* The client left meanwhile, or was told. */
    } else if (rules_allow(reply) || !auth_needs_redis(q->auth, s)) {
        auth_admit(q, reply);
    } else if (reply_type(reply) == REPLY_LOST) {
        session_close(s, CLOSE_REDIS_LOST);
    } else {
        auth_refuse_by_redis(s, reply);
    }
    auth_query_end(q);
}

void
auth_enter(struct auth *auth, struct session *s, void (*on_admitted)(struct session *s))
{
    struct auth_query *q = auth_query_begin(auth, s, on_admitted);

    if (auth_query_send(q, auth_token(auth, s), &s->client, CMD_ENTER, auth_on_entered)) {
        return;
    }
    if (auth_needs_redis(auth, s)) {
        session_close(s, CLOSE_REDIS_AWAY);
    } else {
        auth_admit(q, NULL);
    }
    auth_query_end(q);
}

/* ---- life ---- */

void
auth_use_settings(struct auth *auth, const struct auth_settings *settings)
{
    auth->settings = *settings;
}

struct auth *
auth_create(const struct env *env, struct nodes *nodes, const struct sessions *sessions)
{
    struct auth *auth = mem_zalloc(sizeof(*auth));

    auth->env = env;
    auth->nodes = nodes;
    auth->sessions = sessions;
    auth->soon = spread_create(env, auth_recheck, auth);
    argv_init(&auth->argv);
    return auth;
}

void
auth_destroy(struct auth *auth)
{
    if (auth != NULL) {
        spread_destroy(auth->soon);
        argv_fini(&auth->argv);
        free(auth);
    }
}
