/* poller.c - clients of /group/list: what is new in the groups of each user. */
#include "push-daemon/grouplist/poller.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/hash.h"
#include "lib/mem.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/core/env.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/grouplist/index.h"
#include "push-daemon/grouplist/ledger.h"
#include "push-daemon/grouplist/news.h"
#include "push-daemon/grouplist/round.h"
#include "push-daemon/nodes/nodes.h"

enum {
    NEW_USERS_MAX = ROUND_STEP_USERS /* in one round: so the first of many soon have their lists */
};

struct poller {
    const struct env *env;
    struct nodes *nodes;
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

/* ---- users ---- */

/* Nobody watches it, and nobody works with it. */
static void
poller_drop_unused(struct poller *p, struct index_user *u)
{
    if (u->sessions != NULL || u->round != NULL || u->is_told) {
        return;
    }
    if (u->waits) {
        DL_DELETE(p->waiting, u);
    }
    index_drop_user(&p->index, u);
}

/* Tells its clients what they do not have yet. One that takes nothing is closed, and leaves. */
static void
poller_tell(struct poller *p, struct index_user *u)
{
    u->is_told = true;
    news_tell(&p->index, u);
    u->is_told = false;
    poller_drop_unused(p, u);
}

/* Is there something that a round has to ask for first? */
static bool
poller_wants_round(const struct index_user *u)
{
    return !u->known || (u->ledger != NULL && !u->ledger->marks_known);
}

static void
poller_wait(struct poller *p, struct index_user *u)
{
    if (!u->waits && u->round == NULL && poller_wants_round(u)) {
        u->waits = true;
        DL_APPEND(p->waiting, u);
    }
}

/* ---- rounds of users that have just come ---- */

/* At once if it can be. Those that come meanwhile share the next round. */
static void
poller_begin_fresh(struct poller *p)
{
    struct index_user *users = NULL, *u;

    if (p->waiting == NULL || p->resting || round_is_running(p->fresh) ||
        !nodes_take_commands(p->nodes)) {
        return;
    }
    for (int i = 0; p->waiting != NULL && i < NEW_USERS_MAX; i++) {
        u = p->waiting;
        u->waits = false;
        DL_DELETE(p->waiting, u);
        DL_APPEND(users, u);
    }
    round_begin(p->fresh, users);
}

static void
poller_on_round_end(void *ctx, struct index_user *users, bool whole)
{
    struct poller *p = ctx;
    struct index_user *u, *next;

    DL_FOREACH_SAFE (users, u, next) {
        u->known = u->known || (whole && !u->is_missed);
        if (u->sessions == NULL) {
            poller_drop_unused(p, u);
            continue;
        }
        if (!whole || !u->is_missed) { /* else the next round of all users asks again */
            poller_wait(p, u);
        }
        if (whole) {
            poller_tell(p, u);
        }
    }
    poller_begin_fresh(p);
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
        if (u->waits) {
            u->waits = false;
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
    if (!round_is_running(p->all) && nodes_take_commands(p->nodes)) {
        poller_begin_all(p);
    }
}

/* ---- sessions ---- */

void
poller_join(struct poller *p, struct session *s)
{
    struct index_user *u = index_get_user(&p->index, s->user);

    session_set_state(s, SESSION_LIVE);
    s->list.user = u;
    DL_APPEND(u->sessions, s);
    if (s->v2 != NULL && u->ledger == NULL) {
        ledger_create(&p->index, u);
    }
    if (s->v2 != NULL) {
        u->ledger->clients++;
    }
    poller_wait(p, u);
    poller_begin_fresh(p);
    if (u->known) {
        poller_tell(p, u);
    }
}

void
poller_leave(struct poller *p, struct session *s)
{
    struct index_user *u = s->list.user;

    if (u == NULL) {
        return;
    }
    s->list.user = NULL;
    DL_DELETE(u->sessions, s);
    if (s->v2 != NULL && --u->ledger->clients == 0) {
        ledger_destroy(&p->index, u);
    }
    poller_drop_unused(p, u);
}

void
poller_tell_again(struct poller *p, struct session *s)
{
    s->list.version = 0;
    poller_tell(p, s->list.user);
}

static void
poller_on_admitted(struct session *s)
{
    poller_join(s->ctx, s);
}

static void
poller_on_leave(struct session *s)
{
    poller_leave(s->ctx, s);
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
poller_create(const struct env *env, struct nodes *nodes, struct sessions *sessions,
              struct auth *auth)
{
    struct poller *p = mem_zalloc(sizeof(*p));

    p->env = env;
    p->nodes = nodes;
    p->sessions = sessions;
    p->auth = auth;
    p->index.encoding = (enum config_encoding)env->config->redis.encoding;
    p->tick = loop_timer_create(env->loop, poller_on_tick, p);
    p->rest_end = loop_timer_create(env->loop, poller_on_rest_end, p);
    p->all = round_create(env, nodes, &p->index, poller_on_round_end, p);
    p->fresh = round_create(env, nodes, &p->index, poller_on_fresh_end, p);
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
