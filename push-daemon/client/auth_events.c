/* auth_events.c - events that tell of a user or an address: a logout, a ban, a mute, a role. */
#include "push-daemon/client/auth_events.h"

#include "lib/redis/event.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/auth_query.h"
#include "push-daemon/client/rules.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/core/env.h"

/* ---- logout ---- */

static void
auth_events_recheck(void *auth, struct session *s)
{
    auth_recheck_now(auth, s);
}

/* Whose token is still valid has logged in anew meanwhile, and stays. */
void
auth_on_logout(struct auth *auth, struct str user)
{
    if (auth->env->config->group.login_auth) {
        sessions_each_of(auth->sessions, user, auth_events_recheck, auth);
    }
}

/* ---- bans ---- */

struct auth_ban {
    struct str group;
    const struct event *event;
};

static void
auth_events_ban(void *arg, struct session *s)
{
    const struct auth_ban *ban = arg;

    if (rules_is_banned_by(s, ban->group, ban->event)) {
        rules_ban(s, ban->event->retry_ms);
    }
}

void
auth_on_ban(struct auth *auth, struct str group, const struct event *e)
{
    sessions_each(auth->sessions, auth_events_ban, &(struct auth_ban){group, e});
}

/* ---- what a user is in a group ---- */

/* Sessions of one user in one group. */
struct auth_group {
    struct str group;
    struct session *first;     /* one of them; NULL: there is none */
    const struct reply *reply; /* what Redis says of the user */
};

static void
auth_events_find(void *arg, struct session *s)
{
    struct auth_group *of = arg;

    if (session_is_open(s) && str_equal(s->group, of->group)) {
        of->first = s;
    }
}

static void
auth_events_note(void *arg, struct session *s)
{
    const struct auth_group *of = arg;

    if (!session_is_open(s) || !str_equal(s->group, of->group) ||
        rules_refuse(s, of->reply, CLOSE_TOKEN_EXPIRED)) {
        return;
    }
    if (rules_allow(of->reply)) {
        auth_query_note(s, of->reply, true);
    }
}

static void
auth_events_use_you(void *arg, const struct reply *reply)
{
    struct auth_query *q = arg;
    struct session *s = q->session;

    sessions_each_of(q->auth->sessions, s->user, auth_events_note,
                     &(struct auth_group){s->group, NULL, reply});
    auth_query_end(q);
}

/* One question serves all connections of the user. If it is lost, the next check of each tells. */
void
auth_on_you(struct auth *auth, struct str group, struct str user)
{
    struct auth_group of = {group, NULL, NULL};
    struct auth_query *q;

    sessions_each_of(auth->sessions, user, auth_events_find, &of);
    if (of.first == NULL) {
        return;
    }
    q = auth_query_begin(auth, of.first, NULL);
    if (!auth_query_send(q, str_make("", 0), NULL, CMD_STAY, auth_events_use_you)) {
        auth_query_end(q);
    }
}

/* ---- the subscription ---- */

/* The clients of a group are looked at when the group's own channel is heard again. But on a
 * cluster a ban everywhere may have been missed: nobody asks for these with each message. */
static void
auth_events_recheck_missed(void *arg, struct session *s)
{
    const struct auth *auth = arg;

    if (s->group.len == 0 || config_is_cluster(&auth->env->config->redis)) {
        auth_recheck_soon(arg, s);
    }
}

void
auth_on_subscription(struct auth *auth)
{
    sessions_each(auth->sessions, auth_events_recheck_missed, auth);
}
