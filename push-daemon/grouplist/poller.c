/* poller.c - clients of /group/list: what is new in the groups of each user. */
#include "push-daemon/grouplist/poller.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/core/env.h"
#include "push-daemon/grouplist/index.h"
#include "push-daemon/redis/commands.h"

enum {
    GROUPS_A_COMMAND = 100
};

/* The groups of one command, in its order. */
struct poller_batch {
    struct poller *owner;
    size_t count;
    struct index_group *groups[GROUPS_A_COMMAND];
};

struct poller {
    const struct env *env;
    struct commands *commands;
    struct sessions *sessions;
    struct auth *auth;
    struct loop_timer *tick;
    struct group_index index;
    int64_t seconds; /* since the last round was due */
    uint64_t round;
    size_t unanswered; /* commands of the round under way */
    bool running;
    bool broken; /* a reply was lost: no list is sent in this round */
    struct argv argv;
};

/* ---- sending the lists ---- */

static void
poller_send_list(struct poller *p, struct index_user *u)
{
    struct blob *frame = NULL;
    struct session *s, *next;

    index_list(u, p->round);
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

/* ---- a round ---- */

static void
poller_end_round(struct poller *p)
{
    struct index_user *u, *next;

    p->running = false;
    HASH_ITER (hh, p->index.users, u, next) {
        if (u->sessions == NULL) {
            index_drop_user(&p->index, u);
        } else if (!p->broken && (u->version > 0 || u->regrouped)) {
            poller_send_list(p, u);
        }
    }
}

static void
poller_on_summaries(void *arg, const struct reply *reply)
{
    struct poller_batch *b = arg;
    struct poller *p = b->owner;

    if (reply_count(reply) != 2 * b->count) {
        p->broken = true;
    }
    for (size_t i = 0; !p->broken && i < b->count; i++) {
        index_update(b->groups[i], p->round, reply_int(reply_at(reply, 2 * i)),
                     reply_text(reply_at(reply, 2 * i + 1)));
    }
    free(b);
    if (--p->unanswered == 0) {
        poller_end_round(p);
    }
}

static void
poller_ask_batch(struct poller *p, struct poller_batch *b)
{
    cmd_summary_begin(&p->argv, b->count);
    for (size_t i = 0; i < b->count; i++) {
        cmd_summary_add(&p->argv, p->env->config, str_make(b->groups[i]->id, b->groups[i]->id_len));
    }
    if (commands_send_script(p->commands, &p->argv, poller_on_summaries, b)) {
        p->unanswered++;
    } else {
        p->broken = true;
        free(b);
    }
}

/* The groups of all users are known: asks for each group. None goes away before the round ends. */
static void
poller_ask_groups(struct poller *p)
{
    struct index_group *g, *next;
    struct poller_batch *b = NULL;

    HASH_ITER (hh, p->index.groups, g, next) {
        if (b == NULL) {
            b = mem_zalloc(sizeof(*b));
            b->owner = p;
        }
        b->groups[b->count++] = g;
        if (b->count == GROUPS_A_COMMAND) {
            poller_ask_batch(p, b);
            b = NULL;
        }
    }
    if (b != NULL) {
        poller_ask_batch(p, b);
    }
    if (p->unanswered == 0) {
        poller_end_round(p);
    }
}

static void
poller_on_groups(void *arg, const struct reply *reply)
{
    struct index_user *u = arg;
    struct poller *p = u->ctx;

    if (reply_type(reply) == REPLY_LIST) {
        index_set_groups(&p->index, u, reply);
    } else if (reply_type(reply) == REPLY_LOST) {
        p->broken = true;
    } else {
        log_debug("group-list user=%s answer=%s", log_quote(str_make(u->id, u->id_len)).text,
                  log_quote(reply_complaint(reply)).text);
    }
    if (--p->unanswered > 0) {
        return;
    }
    if (p->broken) {
        poller_end_round(p);
    } else {
        poller_ask_groups(p);
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
    struct index_user *u, *next;

    poller_schedule(p);
    if (++p->seconds < p->env->config->list.update_rate_s) {
        return;
    }
    p->seconds = 0;
    if (p->running || p->index.users == NULL || !commands_is_ready(p->commands)) {
        return;
    }
    p->running = true;
    p->broken = false;
    p->round++;
    HASH_ITER (hh, p->index.users, u, next) {
        cmd_groups(&p->argv, p->env->config, str_make(u->id, u->id_len));
        p->unanswered += commands_send(p->commands, &p->argv, poller_on_groups, u);
    }
    if (p->unanswered == 0) {
        poller_end_round(p);
    }
}

/* ---- sessions ---- */

static void
poller_on_admitted(struct session *s)
{
    struct poller *p = s->ctx;
    struct index_user *u = index_get_user(&p->index, s->user);

    session_set_state(s, SESSION_LIVE);
    u->ctx = p;
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
    if (u->sessions == NULL && !p->running) {
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
    argv_init(&p->argv);
    p->tick = loop_timer_create(env->loop, poller_on_tick, p);
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
    loop_timer_destroy(p->tick);
    argv_fini(&p->argv);
    free(p);
}
