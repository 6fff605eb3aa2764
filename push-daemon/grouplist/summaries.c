/* summaries.c - asks Redis for length and newest message of the groups of some users. */
#include "push-daemon/grouplist/summaries.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/core/env.h"
#include "push-daemon/grouplist/batch.h"
#include "push-daemon/grouplist/index.h"
#include "push-daemon/grouplist/walk.h"
#include "push-daemon/nodes/nodes.h"

enum {
    SEARCH_BYTES = 524288, /* for a message behind the newest entry */
    HUGE_REST_RATE = 30,   /* a group with a huge entry is asked for every so many updateRates */
};

struct summaries {
    const struct env *env;
    struct nodes *nodes;
    struct group_index *index;
    void (*on_answer)(void *ctx, bool ok);
    void *ctx;
    uint64_t number;
    struct group_walk walk;     /* to the groups that are to be asked for */
    struct batch *asked;        /* those under way, or NULL */
    struct batch *rest;         /* groups that have got no answer yet, or NULL */
    struct batch *searching;    /* groups whose newest entry is no message, or NULL */
    struct index_group *sought; /* the one of the search under way */
    uint64_t sought_changed;    /* its last change before the search */
    bool open;
    struct argv argv;
};

static void
summaries_answered(struct summaries *s, bool ok)
{
    s->open = false;
    s->on_answer(s->ctx, ok);
}

/* ---- a message behind the newest entry ---- */

static void
summaries_on_search(void *arg, const struct reply *reply)
{
    struct summaries *s = arg;

    if (reply_count(reply) == 3) {
        index_settle(s->index, s->sought, s->sought_changed, reply_at(reply, 2));
    }
    summaries_answered(s, reply_type(reply) != REPLY_LOST ||
                              config_is_cluster(&s->env->config->redis));
}

static bool
summaries_search(struct summaries *s)
{
    bool is_cluster = config_is_cluster(&s->env->config->redis);
    struct batch *b = s->searching;
    struct cmd_place place;

    s->sought = b->groups[--b->count];
    s->sought_changed = s->sought->changed;
    if (b->count == 0) {
        s->searching = NULL;
        free(b);
    }
    place = index_search(s->sought);
    cmd_list_more(&s->argv, s->env->config, index_group_id(s->sought), &place,
                  place.position - place.end, SEARCH_BYTES);
    s->open = nodes_send_script(s->nodes, &s->argv, summaries_on_search, s);
    return s->open || is_cluster; /* the next round looks again */
}

/* ---- length and newest entry ---- */

static void
summaries_take(struct summaries *s, struct index_group *g, const struct reply *total,
               const struct reply *newest)
{
    int64_t rest_ms = HUGE_REST_RATE * 1000 * s->env->config->list.update_rate_s;

    if (reply_type(newest) == REPLY_INT) {
        index_update_huge(s->index, g, reply_int(total), reply_int(newest),
                          env_now_ms(s->env) + rest_ms);
    } else if (index_update(s->index, g, reply_int(total), reply_text(newest))) {
        if (s->searching == NULL) {
            s->searching = batch_create(s->env->config, NULL, s);
        }
        s->searching->groups[s->searching->count++] = g; /* of one batch: it has room */
    }
}

static void
summaries_make(void *ctx, const struct batch_question *q)
{
    struct summaries *s = ctx;

    cmd_summary_begin(&s->argv, s->env->config, q->count);
    for (size_t i = q->first; i < q->first + q->count; i++) {
        cmd_summary_add(&s->argv, s->env->config, index_group_id(q->batch->groups[i]));
    }
}

static bool
summaries_take_answer(void *ctx, const struct batch_question *q, const struct reply *reply)
{
    struct index_group **groups = &q->batch->groups[q->first];
    size_t count = reply_count(reply) / 2;

    if (count == 0 || count > q->count || reply_count(reply) % 2 != 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        summaries_take(ctx, groups[i], reply_at(reply, 2 * i), reply_at(reply, 2 * i + 1));
        groups[i] = NULL;
    }
    return true;
}

static void
summaries_on_end(void *ctx, struct batch *b, bool ok)
{
    struct summaries *s = ctx;

    s->asked = NULL;
    if (ok && b->count > 0) {
        s->rest = b;
    } else {
        free(b);
    }
    summaries_answered(s, ok);
}

static const struct batch_kind summaries_kind = {summaries_make, summaries_take_answer,
                                                 summaries_on_end};

/* Another round that began later may have asked for it meanwhile. That is as good, once it is
 * answered. */
static bool
summaries_wants(const void *ctx, const struct index_group *g)
{
    const struct summaries *s = ctx;

    return g->asked_round != s->number && (g->asked_round < s->number || !g->known) &&
           g->rest_until_ms <= env_now_ms(s->env);
}

/* The groups that are to be asked for next; NULL: there are none. */
static struct batch *
summaries_next_batch(struct summaries *s)
{
    struct batch *b = s->rest != NULL ? s->rest : batch_create(s->env->config, &summaries_kind, s);
    struct index_group *g;

    s->rest = NULL;
    while (b->count < BATCH_GROUPS && (g = walk_next(&s->walk, summaries_wants, s)) != NULL) {
        g->asked_round = s->number;
        b->groups[b->count++] = g;
    }
    if (b->count == 0) {
        free(b);
        return NULL;
    }
    return b;
}

static bool
summaries_ask_groups(struct summaries *s)
{
    struct batch *b = summaries_next_batch(s);
    bool ok;

    if (b == NULL) {
        return true;
    }
    ok = batch_ask(b, s->nodes, &s->argv, &s->open);
    if (s->open) {
        s->asked = b;
    } else {
        free(b);
    }
    return ok;
}

/* ---- for the round ---- */

void
summaries_begin(struct summaries *s, struct index_user *users, uint64_t number)
{
    s->number = number;
    s->walk = (struct group_walk){.user = users};
}

void
summaries_stop(struct summaries *s)
{
    s->walk.user = NULL;
    free(s->rest);
    free(s->searching);
    s->rest = s->searching = NULL;
}

bool
summaries_ask(struct summaries *s)
{
    return s->searching != NULL ? summaries_search(s) : summaries_ask_groups(s);
}

bool
summaries_is_open(const struct summaries *s)
{
    return s->open;
}

bool
summaries_is_done(struct summaries *s)
{
    return s->rest == NULL && s->searching == NULL &&
           walk_next(&s->walk, summaries_wants, s) == NULL && s->walk.user == NULL;
}

struct summaries *
summaries_create(const struct env *env, struct nodes *nodes, struct group_index *index,
                 void (*on_answer)(void *ctx, bool ok), void *ctx)
{
    struct summaries *s = mem_zalloc(sizeof(*s));

    s->env = env;
    s->nodes = nodes;
    s->index = index;
    s->on_answer = on_answer;
    s->ctx = ctx;
    argv_init(&s->argv);
    return s;
}

void
summaries_destroy(struct summaries *s)
{
    if (s != NULL) {
        summaries_stop(s);
        free(s->asked);
        argv_fini(&s->argv);
        free(s);
    }
}
