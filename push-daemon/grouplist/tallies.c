/* tallies.c - asks Redis for the newest entries of groups whose unread messages are counted. */
#include "push-daemon/grouplist/tallies.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "lib/redis/resp.h"
#include "push-daemon/core/env.h"
#include "push-daemon/grouplist/batch.h"
#include "push-daemon/grouplist/index.h"
#include "push-daemon/grouplist/walk.h"
#include "push-daemon/nodes/nodes.h"

struct tallies {
    const struct env *env;
    struct nodes *nodes;
    void (*on_answer)(void *ctx, bool ok);
    void *ctx;
    uint64_t number;        /* of the round */
    struct group_walk walk; /* to the groups that are to be asked for */
    struct batch *asked;    /* those under way, or NULL */
    struct batch *rest;     /* groups that are to be asked for once more, or NULL */
    struct argv argv;
};

/* ---- what was read ---- */

/* Which of the entries is the one that is shown as the newest? Those before it came since. Returns
 * their number if it is not among them. */
static size_t
tallies_find_newest(const struct index_group *g, const struct reply *entries)
{
    size_t i = 0;

    while (i < reply_count(entries) && !index_is_newest(g, reply_text(reply_at(entries, i)))) {
        i++;
    }
    return i;
}

/* False: it is to be asked for once more. */
static bool
tallies_take(struct index_group *g, const struct reply *entries, size_t wanted)
{
    struct tally *tally = g->tally;
    size_t first = tallies_find_newest(g, entries);
    bool is_there = first < reply_count(entries);

    if (!tally_take(tally, index_group_id(g), g->total, entries, wanted, is_there ? first : 0)) {
        tally->total = -1;
        return false;
    }
    if (!is_there) { /* another list: the next summary tells of it */
        tally->total = -1;
    }
    tally->version = g->changed;
    return true;
}

static bool
tallies_take_answer(void *ctx, const struct batch_question *q, const struct reply *reply)
{
    struct index_group **groups = &q->batch->groups[q->first];
    size_t count = reply_count(reply);

    (void)ctx;
    if (count == 0 || count > q->count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (tallies_take(groups[i], reply_at(reply, i), q->batch->wanted[q->first + i])) {
            groups[i] = NULL;
        }
    }
    return true;
}

static void
tallies_on_end(void *ctx, struct batch *b, bool ok)
{
    struct tallies *t = ctx;

    t->asked = NULL;
    if (ok && b->count > 0) {
        t->rest = b;
    } else {
        free(b);
    }
    t->on_answer(t->ctx, ok);
}

/* ---- what is asked for ---- */

static bool
tallies_wants(const void *ctx, const struct index_group *g)
{
    const struct tallies *t = ctx;

    return g->tally == NULL || ((!g->tally->known || g->tally->version != g->changed) &&
                                g->tally->asked_round != t->number);
}

/* Has it entries that can be read? */
static bool
tallies_is_readable(const struct index_group *g)
{
    return g->total > 0 && g->rest_until_ms == 0;
}

/* Adds the group that the walk has come to. */
static void
tallies_add(struct tallies *t, struct batch *b, struct index_group *g)
{
    if (g->tally == NULL) {
        g->tally = tally_create((enum config_encoding)t->env->config->redis.encoding);
    }
    g->tally->asked_round = t->number;
    if (tallies_is_readable(g)) {
        b->groups[b->count++] = g;
    } else {
        tally_clear(g->tally);
        g->tally->version = g->changed;
    }
}

static void
tallies_make(void *ctx, const struct batch_question *q)
{
    struct tallies *t = ctx;
    struct batch *b = q->batch;

    cmd_tally_begin(&t->argv, t->env->config, q->count);
    for (size_t i = q->first; i < q->first + q->count; i++) {
        cmd_tally_add(&t->argv, t->env->config, index_group_id(b->groups[i]));
    }
    for (size_t i = q->first; i < q->first + q->count; i++) {
        b->wanted[i] = tally_wants(b->groups[i]->tally, b->groups[i]->total);
        cmd_tally_add_wanted(&t->argv, b->wanted[i]);
    }
}

static const struct batch_kind tallies_kind = {tallies_make, tallies_take_answer, tallies_on_end};

/* The groups that are to be asked for next; NULL: there are none. */
static struct batch *
tallies_next_batch(struct tallies *t)
{
    struct batch *b = t->rest != NULL ? t->rest : batch_create(t->env->config, &tallies_kind, t);
    struct index_group *g;

    t->rest = NULL;
    while (b->count < BATCH_GROUPS && (g = walk_next(&t->walk, tallies_wants, t)) != NULL) {
        tallies_add(t, b, g);
    }
    if (b->count == 0) {
        free(b);
        return NULL;
    }
    return b;
}

bool
tallies_ask(struct tallies *t)
{
    struct batch *b = tallies_next_batch(t);
    bool ok, open = false;

    if (b == NULL) {
        return true;
    }
    ok = batch_ask(b, t->nodes, &t->argv, &open);
    if (open) {
        t->asked = b;
    } else {
        free(b);
    }
    return ok;
}

/* ---- for the round ---- */

void
tallies_begin(struct tallies *t, const struct group_index *index, const struct index_user *users,
              uint64_t number)
{
    t->number = number;
    t->walk = (struct group_walk){.user = index->ledgers > 0 ? users : NULL, .ledgers_only = true};
}

void
tallies_stop(struct tallies *t)
{
    t->walk.user = NULL;
    free(t->rest);
    t->rest = NULL;
}

bool
tallies_is_open(const struct tallies *t)
{
    return t->asked != NULL;
}

bool
tallies_is_done(struct tallies *t)
{
    return t->rest == NULL && walk_next(&t->walk, tallies_wants, t) == NULL && t->walk.user == NULL;
}

struct tallies *
tallies_create(const struct env *env, struct nodes *nodes, void (*on_answer)(void *ctx, bool ok),
               void *ctx)
{
    struct tallies *t = mem_zalloc(sizeof(*t));

    t->env = env;
    t->nodes = nodes;
    t->on_answer = on_answer;
    t->ctx = ctx;
    argv_init(&t->argv);
    return t;
}

void
tallies_destroy(struct tallies *t)
{
    if (t != NULL) {
        tallies_stop(t);
        free(t->asked);
        argv_fini(&t->argv);
        free(t);
    }
}
