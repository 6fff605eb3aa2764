/* poller.c - clients of /group/list: who watches whose groups, and what changed since the last look. */
#include "push-daemon/grouplist/poller.h"

#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

#include "lib/redis/commands.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/redis/commands.h"
#include "push-daemon/client/session.h"
#include "push-daemon/grouplist/index.h"

enum {
    GROUPS_A_COMMAND = 100
};

/* One command's worth of groups, in the order asked. */
struct batch {
    struct poller *owner;
    size_t count;
    struct index_group *groups[GROUPS_A_COMMAND];
};

struct poller {
    struct config const *config;
    struct commands *commands;
    struct auth *auth;
    struct loop_timer *tick;
    struct group_index watched;
    uint64_t round;
    size_t unanswered; /* commands of the round under way */
    bool running;
    bool broken; /* this round is worth nothing: a reply was lost */
    struct argv argv;
};

/* ---- telling the clients ---- */

static void
tell(struct poller *w, struct index_user *u)
{
    struct blob *frame = NULL;
    struct session *s, *next;

    u->version += index_has_changed(u, w->round);
    u->regrouped = false;
    DL_FOREACH_SAFE (u->sessions, s, next) {
        bool first = s->shown == 0;

        if (s->shown == u->version) {
            continue;
        }
        s->shown = u->version;
        if (first && !index_has_message(u)) {
            continue; /* nothing to begin with; from here on every change counts */
        }
        frame = frame != NULL ? frame : index_frame(u);
        session_send(s, frame);
    }
    blob_unref(frame);
}

/* ---- a round ---- */

static void
end_round(struct poller *w)
{
    struct index_user *u, *next;

    w->running = false;
    HASH_ITER (hh, w->watched.users, u, next) {
        if (u->sessions == NULL) {
            index_drop_user(&w->watched, u);
        } else if (!w->broken && (u->version > 0 || u->regrouped)) {
            tell(w, u);
        }
    }
}

static void
on_summaries(void *arg, const struct reply *reply)
{
    struct batch *b = arg;
    struct poller *w = b->owner;

    if (reply_count(reply) != 2 * b->count) {
        w->broken = true;
    }
    for (size_t i = 0; !w->broken && i < b->count; i++) {
        index_update(b->groups[i], w->round, reply_int(reply_at(reply, 2 * i)),
                     reply_text(reply_at(reply, 2 * i + 1)));
    }
    free(b);
    if (--w->unanswered == 0) {
        end_round(w);
    }
}

static void
ask_batch(struct poller *w, struct batch *b)
{
    cmd_summary_begin(&w->argv, b->count);
    for (size_t i = 0; i < b->count; i++) {
        cmd_summary_add(&w->argv, w->config, str_make(b->groups[i]->id, b->groups[i]->id_length));
    }
    if (commands_send_script(w->commands, &w->argv, on_summaries, b)) {
        w->unanswered++;
    } else {
        w->broken = true;
        free(b);
    }
}

/* All users are known: now the groups. No group goes away before the round has ended. */
static void
ask_groups(struct poller *w)
{
    struct index_group *g, *next;
    struct batch *b = NULL;

    HASH_ITER (hh, w->watched.groups, g, next) {
        if (b == NULL) {
            b = mem_zalloc(sizeof(*b));
            b->owner = w;
        }
        b->groups[b->count++] = g;
        if (b->count == GROUPS_A_COMMAND) {
            ask_batch(w, b);
            b = NULL;
        }
    }
    if (b != NULL) {
        ask_batch(w, b);
    }
    if (w->unanswered == 0) {
        end_round(w);
    }
}

static void
on_groups(void *arg, const struct reply *reply)
{
    struct index_user *u = arg;
    struct poller *w = u->ctx;

    if (reply_type(reply) == REPLY_LIST) {
        index_set_groups(&w->watched, u, reply);
    } else if (reply_type(reply) == REPLY_LOST) {
        w->broken = true;
    } else {
        log_debug("group-list user=%s answer=%s", log_quote(str_make(u->id, u->id_length)).text,
                  log_quote(reply_complaint(reply)).text);
    }
    if (--w->unanswered > 0) {
        return;
    }
    if (w->broken) {
        end_round(w);
    } else {
        ask_groups(w);
    }
}

static void
on_tick(void *arg)
{
    struct poller *w = arg;
    struct index_user *u, *next;

    if (w->running || w->watched.users == NULL || !commands_is_ready(w->commands)) {
        return;
    }
    w->running = true;
    w->broken = false;
    w->round++;
    HASH_ITER (hh, w->watched.users, u, next) {
        cmd_groups(&w->argv, w->config, str_make(u->id, u->id_length));
        w->unanswered += commands_send(w->commands, &w->argv, on_groups, u);
    }
    if (w->unanswered == 0) {
        end_round(w);
    }
}

/* ---- sessions ---- */

static void
on_entered(struct session *s)
{
    struct poller *w = s->ctx;

    s->state = SESSION_LIVE;
    s->watched = index_get_user(&w->watched, s->user);
    s->watched->ctx = w;
    DL_APPEND(s->watched->sessions, s);
}

static void
on_leave(struct session *s)
{
    struct poller *w = s->ctx;
    struct index_user *u = s->watched;

    if (u == NULL) {
        return;
    }
    s->watched = NULL;
    DL_DELETE(u->sessions, s);
    if (u->sessions == NULL && !w->running) {
        index_drop_user(&w->watched, u);
    }
}

static const struct session_kind list_kind = {"list", NULL, on_leave};

struct session *
poller_open(struct poller *w, struct sessions *all, struct ws *ws, const struct ws_request *v)
{
    struct session *s = session_create(all, ws, v, &list_kind, w);

    auth_enter(w->auth, s, on_entered);
    return s;
}

struct poller *
poller_create(struct loop *loop, const struct config *config, struct commands *commands,
              struct auth *auth)
{
    struct poller *w = mem_zalloc(sizeof(*w));
    int64_t interval_ms = config->list.update_rate_s * 1000;

    w->config = config;
    w->commands = commands;
    w->auth = auth;
    argv_init(&w->argv);
    w->tick = loop_timer_create(loop, on_tick, w);
    loop_timer_start(w->tick, interval_ms, interval_ms);
    return w;
}

void
poller_destroy(struct poller *w)
{
    struct index_user *u, *next;

    if (w == NULL) {
        return;
    }
    HASH_ITER (hh, w->watched.users, u, next) {
        index_drop_user(&w->watched, u);
    }
    loop_timer_destroy(w->tick);
    argv_fini(&w->argv);
    free(w);
}
