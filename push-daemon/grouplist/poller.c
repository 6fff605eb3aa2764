/* poller.c - clients of /group/list: what is new in the groups of each user. */
#include "push-daemon/grouplist/poller.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/hash.h"
#include "lib/mem.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/core/env.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/grouplist/index.h"
#include "push-daemon/grouplist/round.h"
#include "push-daemon/redis/commands.h"

enum {
    NEW_USERS_MAX = ROUND_STEP_USERS /* in one round: so the first of many soon have their lists */
};

struct poller {
    const struct env *env;
    struct commands *commands;
    struct sessions *sessions;
    struct auth *auth;
    struct loop_timer *tick;
    struct group_index index;
    int64_t seconds; /* since the last round of all users was due */
    struct round *all;
    struct round *fresh;         /* for users that nothing is known of */
    struct index_user *waiting;  /* such users: those in neither round */
    struct loop_timer *rest_end; /* when the next fresh round may begin */
    bool resting;
};

/* ---- sending the lists ---- */

/* To those of the user's clients that do not have it yet. */
static void
poller_send_list(struct poller *p, struct index_user *u)
{
    struct blob *frame = NULL;
    struct session *s, *next;

    if ((u->version == 0 && !u->regrouped) || !index_is_complete(u)) {
        return; /* the end of a round sends it */
    }
    index_list(&p->index, u);
    DL_FOREACH_SAFE (u->sessions, s, next) {
        bool first = s->list.version == 0;

        if (s->list.version == u->version) {
            continue;
        }
        s->list.version = u->version;
        if (first && !index_has_message(u)) {
            continue; /* no list yet; from here on every change counts */
        }
        frame = frame != NULL ? frame : index_frame(u);
        session_send(s, frame);
    }
    blob_unref(frame);
}

static void
poller_on_round_end(void *ctx, struct index_user *users, bool whole)
{
    struct poller *p = ctx;
    struct index_user *u, *next;

    DL_FOREACH_SAFE (users, u, next) {
        u->known = u->known || whole;
        if (u->sessions == NULL) {
            index_drop_user(&p->index, u);
        } else if (!u->known) {
            DL_APPEND(p->waiting, u);
        } else if (whole) {
            poller_send_list(p, u);
        }
    }
}

/* ---- rounds of users that have just come ---- */

/* At once if it can be. Those that come meanwhile share the next round. */
static void
poller_begin_fresh(struct poller *p)
{
    struct index_user *users = NULL, *u;

    if (p->waiting == NULL || p->resting || round_is_running(p->fresh) ||
        !commands_is_ready(p->commands)) {
        return;
    }
    for (int i = 0; p->waiting != NULL && i < NEW_USERS_MAX; i++) {
        u = p->waiting;
        DL_DELETE(p->waiting, u);
        DL_APPEND(users, u);
    }
    round_begin(p->fresh, users);
}

static void
poller_on_fresh_end(void *ctx, struct index_user *users, bool whole)
{
    struct poller *p = ctx;

    p->resting = true;
    loop_timer_start(p->rest_end, round_rest_ms(p->fresh), 0);
    poller_on_round_end(p, users, whole);
}

static void
poller_on_rest_end(void *arg)
{
    struct poller *p = arg;

    p->resting = false;
    poller_begin_fresh(p);
}

/* ---- rounds of all users ---- */

/* Also of those that still wait: the rests of other rounds cost no user more than this. */
static void
poller_begin_all(struct poller *p)
{
    struct index_user *users = NULL, *u, *next;

    HASH_ITER (hh, p->index.users, u, next) {
        if (u->round != NULL) {
            continue;
        }
        if (!u->known) {
            DL_DELETE(p->waiting, u);
        }
        DL_APPEND(users, u);
    }
    if (users != NULL) {
        round_begin(p->all, users);
    }
}

/* Each second, as a SIGHUP may change updateRate. */
static void
poller_schedule(struct poller *p)
{
    loop_timer_start(p->tick, 1000, 0);
}

static void
poller_on_tick(void *arg)
{
    struct poller *p = arg;

    poller_schedule(p);
    poller_begin_fresh(p); /* if Redis was away */
    if (++p->seconds < p->env->config->list.update_rate_s) {
        return;
    }
    p->seconds = 0;
    if (!round_is_running(p->all) && commands_is_ready(p->commands)) {
        poller_begin_all(p);
    }
}

/* ---- sessions ---- */

static void
poller_on_admitted(struct session *s)
{
    struct poller *p = s->ctx;
    struct index_user *u = index_get_user(&p->index, s->user);
    bool is_new = u->sessions == NULL && !u->known && u->round == NULL;

    session_set_state(s, SESSION_LIVE);
    s->list.user = u;
    DL_APPEND(u->sessions, s);
    if (is_new) {
        DL_APPEND(p->waiting, u);
        poller_begin_fresh(p);
    } else if (u->known) {
        poller_send_list(p, u);
    }
}

static void
poller_on_leave(struct session *s)
{
    struct poller *p = s->ctx;
    struct index_user *u = s->list.user;

    if (u == NULL) {
        return;
    }
    s->list.user = NULL;
    DL_DELETE(u->sessions, s);
    if (u->sessions == NULL && u->round == NULL) {
        if (!u->known) {
            DL_DELETE(p->waiting, u);
        }
        index_drop_user(&p->index, u);
    }
}

static const struct session_kind list_kind = {
    .name = "list", .form = &form_v1, .on_leave = poller_on_leave};

struct session *
poller_open(struct poller *p, struct ws *ws, const struct ws_request *request)
{
    struct session *s = sessions_open(p->sessions, ws, request, &list_kind, p);

    auth_enter(p->auth, s, poller_on_admitted);
    return s;
}

/* ---- life ---- */

struct poller *
poller_create(const struct env *env, struct commands *commands, struct sessions *sessions,
              struct auth *auth)
{
    struct poller *p = mem_zalloc(sizeof(*p));

    p->env = env;
    p->commands = commands;
    p->sessions = sessions;
    p->auth = auth;
    p->tick = loop_timer_create(env->loop, poller_on_tick, p);
    p->rest_end = loop_timer_create(env->loop, poller_on_rest_end, p);
    p->all = round_create(env, commands, &p->index, poller_on_round_end, p);
    p->fresh = round_create(env, commands, &p->index, poller_on_fresh_end, p);
    poller_schedule(p);
    return p;
}

void
poller_destroy(struct poller *p)
{
    struct index_user *u, *next;

    if (p == NULL) {
        return;
    }
    HASH_ITER (hh, p->index.users, u, next) {
        index_drop_user(&p->index, u);
    }
    round_destroy(p->all);
    round_destroy(p->fresh);
    loop_timer_destroy(p->rest_end);
    loop_timer_destroy(p->tick);
    free(p);
}
