/* round.c - asks Redis what is new in the groups of some users. */
#include "push-daemon/grouplist/round.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/core/env.h"
#include "push-daemon/grouplist/batch.h"
#include "push-daemon/grouplist/index.h"
#include "push-daemon/grouplist/ledger.h"
#include "push-daemon/grouplist/summaries.h"
#include "push-daemon/grouplist/tallies.h"
#include "push-daemon/grouplist/walk.h"
#include "push-daemon/nodes/nodes.h"

enum {
    STEP_MAX_MS = 10,  /* between two steps */
    ROUND_SHARE = 800, /* of 1000: how much of the time between two rounds the steps may take */
    REST_FACTOR = 9    /* after a round: so many times the longest wait for an answer */
};

struct round {
    const struct env *env;
    struct nodes *nodes;
    struct group_index *index;
    void (*on_end)(void *ctx, struct index_user *users, bool whole);
    void *ctx;
    struct loop_timer *step;
    uint64_t number;
    struct index_user *users;     /* all that it asks for */
    struct index_user *next_user; /* that is to be asked for */
    size_t user_count;
    size_t group_count; /* of these users, as far as it is known */
    struct summaries *summaries;
    struct tallies *tallies;
    size_t unanswered; /* questions for the groups of users that are under way */
    int64_t sent_ms, slowest_ms;
    bool running;
    bool pausing;         /* the timer will go on */
    bool users_known;     /* all users are asked for, */
    bool summaries_known; /* and all summaries */
    bool broken;          /* a reply was lost, or could not be asked for */
    struct argv argv;
};

static void round_go_on(struct round *r, bool at_once);

static void
round_end(struct round *r)
{
    struct index_user *users = r->users, *u;

    r->running = false;
    r->users = NULL;
    DL_FOREACH (users, u) {
        index_drop_found(r->index, u);
        u->round = NULL;
    }
    r->on_end(r->ctx, users, !r->broken);
}

/* Nothing more is asked in this round. */
static void
round_break(struct round *r)
{
    r->broken = true;
    r->next_user = NULL;
    summaries_stop(r->summaries);
    tallies_stop(r->tallies);
}

static void
round_note_answer(struct round *r)
{
    int64_t took = env_now_ms(r->env) - r->sent_ms;

    r->slowest_ms = took > r->slowest_ms ? took : r->slowest_ms;
}

/* A question for one user cannot be asked, or its answer is lost. On a cluster that concerns this
 * user alone: its groups stay as they were. */
static void
round_miss(struct round *r, struct index_user *u)
{
    u->is_missed = true;
    if (!config_is_cluster(&r->env->config->redis)) {
        round_break(r);
    }
}

/* A question for one user. */
static void
round_send(struct round *r, void (*on_reply)(void *arg, const struct reply *reply),
           struct index_user *u)
{
    r->sent_ms = env_now_ms(r->env);
    if (nodes_send(r->nodes, &r->argv, on_reply, u)) {
        r->unanswered++;
    } else {
        round_miss(r, u);
    }
}

/* ---- groups ---- */

static void
round_on_groups_answer(void *ctx, bool ok)
{
    struct round *r = ctx;

    round_note_answer(r);
    if (!ok) {
        round_break(r);
    }
    round_go_on(r, false);
}

static void
round_ask_groups(struct round *r)
{
    r->sent_ms = env_now_ms(r->env);
    if (!(r->summaries_known ? tallies_ask(r->tallies) : summaries_ask(r->summaries))) {
        round_break(r);
    }
}

/* ---- read marks ---- */

static void round_ask_marks(struct round *r, struct index_user *u);

static void
round_on_marks(void *arg, const struct reply *reply)
{
    struct index_user *u = arg;
    struct round *r = u->round;

    r->unanswered--;
    round_note_answer(r);
    if (reply_type(reply) == REPLY_LOST) {
        round_miss(r, u);
    } else {
        ledger_take_marks(u, reply);
        round_ask_marks(r, u);
    }
    round_go_on(r, false);
}

/* Asks for the next ones, if some are not known. */
static void
round_ask_marks(struct round *r, struct index_user *u)
{
    if (ledger_wants_marks(u) && !r->broken) {
        ledger_ask_marks(u, &r->argv, r->env->config);
        round_send(r, round_on_marks, u);
    }
}

/* ---- users ---- */

static void round_ask_user(struct round *r, struct index_user *u, struct str cursor);

static void
round_on_groups(void *arg, const struct reply *reply)
{
    struct index_user *u = arg;
    struct round *r = u->round;
    bool is_piece = reply_count(reply) == 2;
    struct str cursor = is_piece ? reply_text(reply_at(reply, 0)) : str_of("0");

    r->unanswered--;
    round_note_answer(r);
    if (reply_type(reply) == REPLY_LOST) {
        round_miss(r, u);
    } else if (!is_piece) { /* the groups stay as they were */
        log_debug("group-list user=%s answer=%s", log_quote(index_user_id(u)).text,
                  log_quote(reply_complaint(reply)).text);
        ledger_expect_marks(u);
        round_ask_marks(r, u);
    } else if (!index_find_groups(r->index, u, reply_at(reply, 1)) || str_is(cursor, "0")) {
        index_set_groups(r->index, u);
        ledger_expect_marks(u);
        round_ask_marks(r, u);
    } else if (!r->broken) {
        round_ask_user(r, u, cursor);
    }
    round_go_on(r, false);
}

static void
round_ask_user(struct round *r, struct index_user *u, struct str cursor)
{
    cmd_groups(&r->argv, r->env->config, index_user_id(u), cursor);
    round_send(r, round_on_groups, u);
}

static void
round_ask_users(struct round *r)
{
    for (int n = 0; r->next_user != NULL && n < ROUND_STEP_USERS; n++) {
        struct index_user *u = r->next_user;

        r->next_user = u->next;
        round_ask_user(r, u, str_of("0"));
    }
}

/* ---- steps ---- */

static void
round_take_step(struct round *r)
{
    if (r->next_user != NULL) {
        round_ask_users(r);
    } else {
        round_ask_groups(r);
    }
    round_go_on(r, false);
}

static bool
round_is_waiting(const struct round *r)
{
    return r->unanswered > 0 || summaries_is_open(r->summaries) || tallies_is_open(r->tallies);
}

static void
round_on_step(void *arg)
{
    struct round *r = arg;

    r->pausing = false;
    if (r->running && (r->next_user != NULL || !round_is_waiting(r))) {
        round_take_step(r);
    }
}

/* The time until the next step: so much that all steps fit into a round. */
static int64_t
round_pause_ms(const struct round *r)
{
    size_t known = HASH_COUNT(r->index->groups);
    size_t groups = r->group_count < known ? r->group_count : known;
    size_t kinds = r->index->ledgers > 0 ? 2 : 1; /* summaries, and then tallies */
    int64_t steps = (int64_t)(r->user_count / ROUND_STEP_USERS + kinds * groups / BATCH_GROUPS + 1);
    int64_t pause = r->env->config->list.update_rate_s * ROUND_SHARE / steps;

    return pause < 1 ? 1 : pause < STEP_MAX_MS ? pause : STEP_MAX_MS;
}

/* What is next, after an answer or a step. */
static void
round_go_on(struct round *r, bool at_once)
{
    if (r->next_user == NULL && round_is_waiting(r)) {
        return; /* the answer goes on */
    }
    if (r->next_user == NULL && !r->users_known && !r->broken) {
        r->users_known = true;
        r->group_count = walk_count(r->users);
        summaries_begin(r->summaries, r->users, r->number);
        at_once = true;
    }
    if (r->next_user == NULL && !r->summaries_known && summaries_is_done(r->summaries)) {
        r->summaries_known = true;
        if (!r->broken) {
            tallies_begin(r->tallies, r->index, r->users, r->number);
        }
    }
    if (r->summaries_known && tallies_is_done(r->tallies)) {
        round_end(r);
    } else if (at_once) {
        round_take_step(r);
    } else if (!r->pausing) {
        r->pausing = true;
        loop_timer_start(r->step, round_pause_ms(r), 0);
    }
}

void
round_begin(struct round *r, struct index_user *users)
{
    struct index_user *u;

    r->running = true;
    r->broken = r->users_known = r->summaries_known = false;
    r->number = ++r->index->rounds;
    r->users = r->next_user = users;
    r->user_count = 0;
    r->slowest_ms = 0;
    DL_FOREACH (users, u) {
        u->round = r;
        u->is_missed = false;
        r->user_count++;
    }
    r->group_count = walk_count(r->users);
    round_go_on(r, true);
}

bool
round_is_running(const struct round *r)
{
    return r->running;
}

int64_t
round_rest_ms(const struct round *r)
{
    int64_t rest = REST_FACTOR * r->slowest_ms;

    return rest < STEP_MAX_MS ? STEP_MAX_MS : rest;
}

/* ---- life ---- */

struct round *
round_create(const struct env *env, struct nodes *nodes, struct group_index *index,
             void (*on_end)(void *ctx, struct index_user *users, bool whole), void *ctx)
{
    struct round *r = mem_zalloc(sizeof(*r));

    r->env = env;
    r->nodes = nodes;
    r->index = index;
    r->on_end = on_end;
    r->ctx = ctx;
    argv_init(&r->argv);
    r->summaries = summaries_create(env, nodes, index, round_on_groups_answer, r);
    r->tallies = tallies_create(env, nodes, round_on_groups_answer, r);
    r->step = loop_timer_create(env->loop, round_on_step, r);
    return r;
}

void
round_destroy(struct round *r)
{
    if (r == NULL) {
        return;
    }
    tallies_destroy(r->tallies);
    summaries_destroy(r->summaries);
    loop_timer_destroy(r->step);
    argv_fini(&r->argv);
    free(r);
}
