/* watch.c - clients of /group/list: who watches whose groups, and what changed since the last look. */
#include "push-daemon/watch.h"

#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

#include "lib/calls.h"
#include "lib/ids.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/message.h"
#include "lib/value.h"
#include "push-daemon/gate.h"
#include "push-daemon/grouplist.h"
#include "push-daemon/loop.h"
#include "push-daemon/rcmd.h"
#include "push-daemon/session.h"

enum {
    GROUPS_A_COMMAND = 100
};

struct watched_group {
    UT_hash_handle hh;
    unsigned users;         /* that are in it */
    uint64_t changed_round; /* when it last changed */
    int64_t total;
    int64_t ts;
    struct text raw;     /* the newest entry as it stands in the list */
    struct text message; /* the same as a message */
    size_t id_length;
    char id[];
};

struct watched_user {
    UT_hash_handle hh;
    struct watch *owner;
    struct session *sessions;
    struct watched_group **groups; /* sorted by address */
    size_t group_count;
    bool regrouped;   /* its groups changed in this round */
    uint64_t version; /* of its list; 0: not known yet */
    size_t id_length;
    char id[];
};

/* One command's worth of groups, in the order asked. */
struct batch {
    struct watch *owner;
    size_t count;
    struct watched_group *groups[GROUPS_A_COMMAND];
};

struct watch {
    struct config const *config;
    struct rcmd *rcmd;
    struct gate *gate;
    struct loop_timer *tick;
    struct watched_user *users;
    struct watched_group *groups;
    uint64_t round;
    size_t unanswered; /* commands of the round under way */
    bool running;
    bool broken; /* this round is worth nothing: a reply was lost */
    struct command command;
};

/* ---- groups ---- */

static struct watched_group *
get_group(struct watch *w, struct str id)
{
    struct watched_group *g;

    HASH_FIND(hh, w->groups, id.p, id.len, g);
    if (g == NULL) {
        g = mem_zalloc(sizeof(*g) + id.len);
        memcpy(g->id, id.p, id.len);
        g->id_length = id.len;
        HASH_ADD_KEYPTR(hh, w->groups, g->id, g->id_length, g);
    }
    return g;
}

static void
drop_group(struct watch *w, struct watched_group *g)
{
    if (--g->users == 0) {
        HASH_DEL(w->groups, g);
        text_fini(&g->raw);
        text_fini(&g->message);
        free(g);
    }
}

static void
update_group(struct watch *w, struct watched_group *g, int64_t total, struct str raw)
{
    if (g->total == total && str_equal(text_str(&g->raw), raw)) {
        return;
    }
    g->total = total;
    g->ts = 0;
    g->changed_round = w->round;
    text_clear(&g->raw);
    text_add(&g->raw, raw.p, raw.len);
    text_clear(&g->message);
    if (raw.len > 0) {
        (void)message_recode(&g->message, str_make(g->id, g->id_length), value_decode(raw), &g->ts);
    }
}

/* ---- users ---- */

static struct watched_user *
get_user(struct watch *w, struct str id)
{
    struct watched_user *u;

    HASH_FIND(hh, w->users, id.p, id.len, u);
    if (u == NULL) {
        u = mem_zalloc(sizeof(*u) + id.len);
        u->owner = w;
        memcpy(u->id, id.p, id.len);
        u->id_length = id.len;
        HASH_ADD_KEYPTR(hh, w->users, u->id, u->id_length, u);
    }
    return u;
}

static void
drop_groups(struct watch *w, struct watched_group **groups, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        drop_group(w, groups[i]);
    }
    free(groups);
}

static void
drop_user(struct watch *w, struct watched_user *u)
{
    HASH_DEL(w->users, u);
    drop_groups(w, u->groups, u->group_count);
    free(u);
}

static int
compare_addresses(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t) * (struct watched_group *const *)a;
    uintptr_t y = (uintptr_t) * (struct watched_group *const *)b;

    return (x > y) - (x < y);
}

static void
set_groups(struct watch *w, struct watched_user *u, const struct reply *ids)
{
    size_t count = reply_count(ids), kept = 0;
    struct watched_group **groups = mem_zalloc(count * sizeof(*groups));

    for (size_t i = 0; i < count; i++) {
        struct str id = value_decode(reply_text(reply_at(ids, i)));

        if (id_valid(id)) { /* others may have put anything there */
            groups[kept] = get_group(w, id);
            groups[kept++]->users++;
        }
    }
    qsort(groups, kept, sizeof(*groups), compare_addresses);
    u->regrouped = u->version == 0 || kept != u->group_count ||
                   (kept > 0 && memcmp(groups, u->groups, kept * sizeof(*groups)) != 0);
    drop_groups(w, u->groups, u->group_count);
    u->groups = groups;
    u->group_count = kept;
}

/* ---- telling the clients ---- */

static struct blob *
make_frame(const struct watched_user *u)
{
    struct grouplist_entry *entries = mem_zalloc(u->group_count * sizeof(*entries));
    struct text json;
    struct blob *frame;

    for (size_t i = 0; i < u->group_count; i++) {
        const struct watched_group *g = u->groups[i];

        entries[i] = (struct grouplist_entry){str_make(g->id, g->id_length), text_str(&g->message),
                                              g->ts, g->total};
    }
    text_init(&json);
    grouplist_sort(entries, u->group_count);
    grouplist_add(&json, entries, u->group_count);
    frame = blob_text_frame(text_str(&json));
    text_fini(&json);
    free(entries);
    return frame;
}

static bool
has_message(const struct watched_user *u)
{
    for (size_t i = 0; i < u->group_count; i++) {
        if (u->groups[i]->message.len > 0) {
            return true;
        }
    }
    return false;
}

static bool
has_changed(const struct watch *w, const struct watched_user *u)
{
    for (size_t i = 0; i < u->group_count; i++) {
        if (u->groups[i]->changed_round == w->round) {
            return true;
        }
    }
    return u->regrouped;
}

static void
tell(struct watch *w, struct watched_user *u)
{
    struct blob *frame = NULL;
    struct session *s, *next;

    u->version += has_changed(w, u);
    u->regrouped = false;
    DL_FOREACH_SAFE (u->sessions, s, next) {
        bool first = s->shown == 0;

        if (s->shown == u->version) {
            continue;
        }
        s->shown = u->version;
        if (first && !has_message(u)) {
            continue; /* nothing to begin with; from here on every change counts */
        }
        frame = frame != NULL ? frame : make_frame(u);
        session_send(s, frame);
    }
    blob_unref(frame);
}

/* ---- a round ---- */

static void
end_round(struct watch *w)
{
    struct watched_user *u, *next;

    w->running = false;
    HASH_ITER (hh, w->users, u, next) {
        if (u->sessions == NULL) {
            drop_user(w, u);
        } else if (!w->broken && (u->version > 0 || u->regrouped)) {
            tell(w, u);
        }
    }
}

static void
on_summaries(void *arg, const struct reply *reply)
{
    struct batch *b = arg;
    struct watch *w = b->owner;

    if (reply_count(reply) != 2 * b->count) {
        w->broken = true;
    }
    for (size_t i = 0; !w->broken && i < b->count; i++) {
        update_group(w, b->groups[i], reply_int(reply_at(reply, 2 * i)),
                     reply_text(reply_at(reply, 2 * i + 1)));
    }
    free(b);
    if (--w->unanswered == 0) {
        end_round(w);
    }
}

static void
ask_batch(struct watch *w, struct batch *b)
{
    call_summary_begin(&w->command, b->count);
    for (size_t i = 0; i < b->count; i++) {
        call_summary_add(&w->command, w->config,
                         str_make(b->groups[i]->id, b->groups[i]->id_length));
    }
    if (rcmd_send_script(w->rcmd, &w->command, on_summaries, b)) {
        w->unanswered++;
    } else {
        w->broken = true;
        free(b);
    }
}

/* All users are known: now the groups. No group goes away before the round has ended. */
static void
ask_groups(struct watch *w)
{
    struct watched_group *g, *next;
    struct batch *b = NULL;

    HASH_ITER (hh, w->groups, g, next) {
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
    struct watched_user *u = arg;
    struct watch *w = u->owner;

    if (reply_type(reply) == REPLY_LIST) {
        set_groups(w, u, reply);
    } else if (reply_type(reply) == REPLY_LOST) {
        w->broken = true;
    } else {
        log_debug("group-list user=%s answer=%s", log_quote(str_make(u->id, u->id_length)).text,
                  log_quote(reply_text(reply)).text);
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
    struct watch *w = arg;
    struct watched_user *u, *next;

    if (w->running || w->users == NULL || !rcmd_is_ready(w->rcmd)) {
        return;
    }
    w->running = true;
    w->broken = false;
    w->round++;
    HASH_ITER (hh, w->users, u, next) {
        call_groups(&w->command, w->config, str_make(u->id, u->id_length));
        w->unanswered += rcmd_send(w->rcmd, &w->command, on_groups, u);
    }
    if (w->unanswered == 0) {
        end_round(w);
    }
}

/* ---- sessions ---- */

static void
on_entered(struct session *s)
{
    struct watch *w = s->ctx;

    s->state = SESSION_LIVE;
    s->watched = get_user(w, s->user);
    DL_APPEND(s->watched->sessions, s);
}

static void
on_leave(struct session *s)
{
    struct watch *w = s->ctx;
    struct watched_user *u = s->watched;

    if (u == NULL) {
        return;
    }
    s->watched = NULL;
    DL_DELETE(u->sessions, s);
    if (u->sessions == NULL && !w->running) {
        drop_user(w, u);
    }
}

static const struct session_kind list_kind = {"list", NULL, on_leave};

struct session *
watch_open(struct watch *w, struct sessions *all, struct ws *ws, const struct route *route)
{
    struct session *s = session_create(all, ws, route, &list_kind, w);

    gate_enter(w->gate, s, on_entered);
    return s;
}

size_t
watch_user_count(const struct watch *w)
{
    return HASH_COUNT(w->users);
}

struct watch *
watch_create(struct loop *loop, const struct config *config, struct rcmd *rcmd, struct gate *gate)
{
    struct watch *w = mem_zalloc(sizeof(*w));
    int64_t interval_ms = config->list.update_rate_s * 1000;

    w->config = config;
    w->rcmd = rcmd;
    w->gate = gate;
    command_init(&w->command);
    w->tick = loop_timer_create(loop, on_tick, w);
    loop_timer_start(w->tick, interval_ms, interval_ms);
    return w;
}

void
watch_destroy(struct watch *w)
{
    struct watched_user *u, *next;

    if (w == NULL) {
        return;
    }
    HASH_ITER (hh, w->users, u, next) {
        drop_user(w, u);
    }
    loop_timer_destroy(w->tick);
    command_fini(&w->command);
    free(w);
}
