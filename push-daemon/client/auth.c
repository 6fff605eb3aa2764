/* auth.c - may a client come in, and may it stay: login and membership, asked of Redis. */
#include "push-daemon/client/auth.h"

#include <stddef.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/client/identity.h"
#include "push-daemon/client/receive.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/timer_wheel.h"
#include "push-daemon/redis/commands.h"

enum {
    RECHECK_SECONDS = 60
};

struct auth {
    const struct env *env;
    struct commands *commands;
    const struct sessions *sessions;
    struct timer_wheel rechecks;
    struct argv argv;
};

/* A question about one session, until Redis has answered. */
struct auth_query {
    struct auth *auth;
    struct session *session;         /* a reference */
    void (*then)(struct session *s); /* if Redis says yes; or NULL */
};

static struct auth_query *
auth_begin_query(struct auth *auth, struct session *s, void (*then)(struct session *s))
{
    struct auth_query *q = mem_alloc(sizeof(*q));

    *q = (struct auth_query){auth, s, then};
    session_ref(s);
    return q;
}

static void
auth_end_query(struct auth_query *q)
{
    session_unref(q->session);
    free(q);
}

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

/* Without loginAuth as well: a SIGHUP may change that. */
static void
auth_recheck_later(struct auth *auth, struct session *s)
{
    if (session_is_open(s)) {
        timer_wheel_remove(&s->recheck);
        timer_wheel_add(&auth->rechecks, &s->recheck, auth_recheck_in(s));
    }
}

/* The rules of the group, if it has some, come with the answer: in a list. */
static int64_t
auth_verdict(const struct reply *reply)
{
    return reply_count(reply) > 0 ? reply_int(reply_at(reply, 0)) : reply_int(reply);
}

/* Only a clear no ends the session, if a login is still asked for. While Redis is in trouble,
 * nobody loses the connection. */
static void
auth_on_rechecked(void *arg, const struct reply *reply)
{
    struct auth_query *q = arg;

    if (auth_verdict(reply) == CMD_NOT_LOGGED_IN && session_is_open(q->session) &&
        q->auth->env->config->group.login_auth) {
        session_close(q->session, CLOSE_TOKEN_EXPIRED);
    } else if (auth_verdict(reply) == CMD_NOT_JOINED && session_is_open(q->session)) {
        session_close(q->session, CLOSE_NOT_A_MEMBER);
    } else if (auth_verdict(reply) == CMD_AGAINST_RULES && session_is_open(q->session)) {
        session_close(q->session, CLOSE_BANNED);
    } else if (q->then != NULL && session_is_open(q->session)) {
        q->then(q->session);
    }
    auth_recheck_later(q->auth, q->session);
    auth_end_query(q);
}

static void
auth_make_question(struct auth *auth, const struct session *s, struct str token,
                   enum cmd_enter_kind kind)
{
    struct cmd_enter_args args = {
        .user = s->user, .token = token, .group = s->group, .client = &s->client, .kind = kind};

    cmd_enter(&auth->argv, auth->env->config, &args);
}

/* Asks Redis, if it has anything to say. */
static void
auth_check(struct auth *auth, struct session *s, void (*then)(struct session *s))
{
    const struct config *config = auth->env->config;
    struct str token = config->group.login_auth ? s->token : str_make("", 0);
    struct auth_query *q;

    if (token.len == 0 && !config->group.members_only) {
        auth_recheck_later(auth, s);
        if (then != NULL) {
            then(s);
        }
        return;
    }
    q = auth_begin_query(auth, s, then);
    if (config->group.members_only) {
        auth_make_question(auth, s, token, CMD_STAY);
    } else {
        cmd_check_login(&auth->argv, config, s->user, token);
    }
    if (!commands_send_script(auth->commands, &auth->argv, auth_on_rechecked, q)) {
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

static void
auth_recheck_now(void *arg, struct session *s)
{
    if (session_is_open(s)) {
        timer_wheel_remove(&s->recheck);
        auth_recheck(arg, &s->recheck);
    }
}

/* Whose token is still valid has logged in anew meanwhile, and stays. */
void
auth_on_logout(struct auth *auth, struct str user)
{
    sessions_each_of(auth->sessions, user, auth_recheck_now, auth);
}

/* ---- coming in ---- */

static void
auth_admit(struct auth *auth, struct session *s, void (*on_admitted)(struct session *s))
{
    auth_recheck_later(auth, s);
    on_admitted(s);
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

static void
auth_on_entered(void *arg, const struct reply *reply)
{
    struct auth_query *q = arg;
    struct session *s = q->session;

    if (!session_is_open(s)) {
        /* The client left meanwhile. */
    } else if (reply_type(reply) == REPLY_LOST) {
        session_close(s, CLOSE_REDIS_LOST);
    } else if (reply_type(reply) != REPLY_INT && reply_count(reply) == 0) {
        auth_refuse_by_redis(s, reply);
    } else if (auth_verdict(reply) == CMD_NOT_LOGGED_IN) {
        session_close(s, CLOSE_NOT_LOGGED_IN);
    } else if (auth_verdict(reply) == CMD_NOT_JOINED) {
        session_close(s, CLOSE_NOT_A_MEMBER);
    } else if (auth_verdict(reply) == CMD_AGAINST_RULES) {
        session_close(s, CLOSE_BANNED);
    } else {
        auth_admit(q->auth, s, q->then);
    }
    auth_end_query(q);
}

void
auth_enter(struct auth *auth, struct session *s, void (*on_admitted)(struct session *s))
{
    struct str token = auth->env->config->group.login_auth ? s->token : str_make("", 0);
    struct auth_query *q;

    if (s->group.len == 0 && token.len == 0) { /* a group-list client that needs no login */
        auth_admit(auth, s, on_admitted);
        return;
    }
    q = auth_begin_query(auth, s, on_admitted);
    auth_make_question(auth, s, token, CMD_ENTER);
    if (!commands_send_script(auth->commands, &auth->argv, auth_on_entered, q)) {
        session_close(s, CLOSE_REDIS_AWAY);
        auth_end_query(q);
    }
}

/* ---- life ---- */

struct auth *
auth_create(const struct env *env, struct commands *commands, const struct sessions *sessions)
{
    struct auth *auth = mem_zalloc(sizeof(*auth));

    auth->env = env;
    auth->commands = commands;
    auth->sessions = sessions;
    argv_init(&auth->argv);
    return auth;
}

void
auth_destroy(struct auth *auth)
{
    if (auth != NULL) {
        argv_fini(&auth->argv);
        free(auth);
    }
}
