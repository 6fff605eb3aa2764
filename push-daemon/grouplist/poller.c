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
#include "push-daemon/grouplist/index.h"
#include "push-daemon/grouplist/round.h"
#include "push-daemon/redis/commands.h"

struct poller {
    const struct env *env;
    struct commands *commands;
    struct sessions *sessions;
    struct auth *auth;
    struct loop_timer *tick;
    struct group_index index;
    int64_t seconds; /* since the last round was due */
    struct round *round;
};

/* ---- sending the lists ---- */

static void
poller_send_list(struct poller *p, struct index_user *u)
{
    struct blob *frame = NULL;
    struct session *s, *next;

    index_list(u, round_number(p->round));
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
poller_on_round_end(void *ctx, bool whole)
{
    struct poller *p = ctx;
    struct index_user *u, *next;

    HASH_ITER (hh, p->index.users, u, next) {
        if (u->sessions == NULL) {
            index_drop_user(&p->index, u);
        } else if (whole && (u->version > 0 || u->regrouped)) {
            poller_send_list(p, u);
        }
    }
}

/* ---- rounds ---- */

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
    if (++p->seconds < p->env->config->list.update_rate_s) {
        return;
    }
    p->seconds = 0;
    if (!round_is_running(p->round) && p->index.users != NULL && commands_is_ready(p->commands)) {
        round_begin(p->round);
    }
}

/* ---- sessions ---- */

static void
poller_on_admitted(struct session *s)
{
    struct poller *p = s->ctx;
    struct index_user *u = index_get_user(&p->index, s->user);

    session_set_state(s, SESSION_LIVE);
    s->list.user = u;
    DL_APPEND(u->sessions, s);
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
    if (u->sessions == NULL && !round_is_running(p->round)) {
        index_drop_user(&p->index, u);
    }
}

static const struct session_kind list_kind = {.name = "list", .on_leave = poller_on_leave};

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
    p->round = round_create(env, commands, &p->index, poller_on_round_end, p);
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
    round_destroy(p->round);
    loop_timer_destroy(p->tick);
    free(p);
}
