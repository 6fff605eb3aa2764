/* round.c - asks Redis what is new in the groups of all users. */
#include "push-daemon/grouplist/round.h"

#include <stdlib.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/core/env.h"
#include "push-daemon/grouplist/index.h"
#include "push-daemon/redis/commands.h"

enum {
    GROUPS_A_COMMAND = 100,
    USERS_A_STEP = 100,
    STEP_MAX_MS = 10, /* between two steps */
    ROUND_SHARE = 800 /* of 1000: how much of the time between two rounds the steps may take */
};

/* The groups of one command, in its order. */
struct round_batch {
    struct round *owner;
    size_t count;
    struct index_group *groups[GROUPS_A_COMMAND];
};

struct round {
    const struct env *env;
    struct commands *commands;
    struct group_index *index;
    void (*on_end)(void *ctx, bool whole);
    void *ctx;
    struct loop_timer *step;
    uint64_t number;
    struct index_user *next_user; /* that is to be asked for */
    struct index_group *next_group;
    struct round_batch *rest;      /* groups that have got no answer yet, or NULL */
    struct round_batch *searching; /* groups whose newest entry is no message, or NULL */
    struct index_group *sought;    /* the one of the command under way */
    size_t unanswered;             /* commands under way */
    bool running;
    bool pausing, users_known; /* the timer will go on; all users are asked for */
    bool broken;               /* a reply was lost, or could not be asked for */
    struct argv argv;
};

static void round_go_on(struct round *r, bool at_once);

static void
round_end(struct round *r)
{
    struct index_user *u, *next;

    r->running = false;
    HASH_ITER (hh, r->index->users, u, next) {
        index_drop_found(r->index, u);
    }
    r->on_end(r->ctx, !r->broken);
}

/* Nothing more is asked in this round. */
static void
round_break(struct round *r)
{
    r->broken = true;
    r->next_user = NULL;
    r->next_group = NULL;
    free(r->rest);
    free(r->searching);
    r->rest = r->searching = NULL;
}

/* ---- a message behind the newest entry ---- */

static void
round_on_search(void *arg, const struct reply *reply)
{
    struct round *r = arg;

    r->unanswered--;
    if (reply_type(reply) == REPLY_LOST) {
        round_break(r);
    } else if (reply_count(reply) == 3) {
        index_settle(r->sought, r->number, reply_at(reply, 2));
    }
    round_go_on(r, false);
}

static void
round_search(struct round *r)
{
    struct round_batch *b = r->searching;
    struct cmd_place place;

    r->sought = b->groups[--b->count];
    if (b->count == 0) {
        r->searching = NULL;
        free(b);
    }
    place = index_search(r->sought);
    cmd_list_more(&r->argv, r->env->config, index_group_id(r->sought), &place,
                  place.position - place.end);
    if (commands_send_script(r->commands, &r->argv, round_on_search, r)) {
        r->unanswered++;
    } else {
        round_break(r);
    }
}

/* ---- groups ---- */

static void
round_take_summary(struct round *r, struct index_group *g, const struct reply *total,
                   const struct reply *newest)
{
    if (reply_type(newest) == REPLY_INT) {
        index_update_huge(g, r->number, reply_int(total), reply_int(newest));
    } else if (index_update(g, r->number, reply_int(total), reply_text(newest))) {
        if (r->searching == NULL) {
            r->searching = mem_zalloc(sizeof(*r->searching));
        }
        r->searching->groups[r->searching->count++] = g; /* of one reply: it has room */
    }
}

static void
round_on_summaries(void *arg, const struct reply *reply)
{
    struct round_batch *b = arg;
    struct round *r = b->owner;
    size_t count = reply_count(reply) / 2;

    r->unanswered--;
    if (count == 0 || count > b->count || reply_count(reply) % 2 != 0) {
        round_break(r);
        count = b->count;
    }
    for (size_t i = 0; !r->broken && i < count; i++) {
        round_take_summary(r, b->groups[i], reply_at(reply, 2 * i), reply_at(reply, 2 * i + 1));
    }
    b->count -= count;
    memmove(b->groups, b->groups + count, b->count * sizeof(*b->groups));
    if (b->count > 0) {
        r->rest = b;
    } else {
        free(b);
    }
    round_go_on(r, false);
}

/* The groups that are to be asked for next; NULL: there are none. */
static struct round_batch *
round_next_batch(struct round *r)
{
    struct round_batch *b = r->rest != NULL ? r->rest : mem_zalloc(sizeof(*b));

    r->rest = NULL;
    b->owner = r;
    for (; r->next_group != NULL && b->count < GROUPS_A_COMMAND;
         r->next_group = r->next_group->hh.next) {
        if (r->next_group->rest_round <= r->number) {
            b->groups[b->count++] = r->next_group;
        }
    }
    if (b->count == 0) {
        free(b);
        return NULL;
    }
    return b;
}

static void
round_ask_groups(struct round *r)
{
    struct round_batch *b = round_next_batch(r);

    if (b == NULL) {
        return;
    }
    cmd_summary_begin(&r->argv, b->count);
    for (size_t i = 0; i < b->count; i++) {
        cmd_summary_add(&r->argv, r->env->config, index_group_id(b->groups[i]));
    }
    if (commands_send_script(r->commands, &r->argv, round_on_summaries, b)) {
        r->unanswered++;
    } else {
        round_break(r);
        free(b);
    }
}

/* ---- users ---- */

static void round_ask_user(struct round *r, struct index_user *u, struct str cursor);

static void
round_on_groups(void *arg, const struct reply *reply)
{
    struct index_user *u = arg;
    struct round *r = u->ctx;
    bool is_piece = reply_count(reply) == 2;
    struct str cursor = is_piece ? reply_text(reply_at(reply, 0)) : str_of("0");

    r->unanswered--;
    if (reply_type(reply) == REPLY_LOST) {
        round_break(r);
    } else if (!is_piece) { /* the groups stay as they were */
        log_debug("group-list user=%s answer=%s", log_quote(index_user_id(u)).text,
                  log_quote(reply_complaint(reply)).text);
    } else if (!index_find_groups(r->index, u, reply_at(reply, 1)) || str_is(cursor, "0")) {
        index_set_groups(r->index, u);
    } else if (!r->broken) {
        round_ask_user(r, u, cursor);
    }
    round_go_on(r, false);
}

static void
round_ask_user(struct round *r, struct index_user *u, struct str cursor)
{
    cmd_groups(&r->argv, r->env->config, index_user_id(u), cursor);
    if (commands_send(r->commands, &r->argv, round_on_groups, u)) {
        r->unanswered++;
    } else {
        round_break(r);
    }
}

static void
round_ask_users(struct round *r)
{
    for (int n = 0; r->next_user != NULL && n < USERS_A_STEP; n++) {
        struct index_user *u = r->next_user;

        r->next_user = u->hh.next;
        u->ctx = r;
        round_ask_user(r, u, str_of("0"));
    }
}

/* ---- steps ---- */

static void
round_take_step(struct round *r)
{
    if (r->next_user != NULL) {
        round_ask_users(r);
    } else if (r->searching != NULL) {
        round_search(r);
    } else {
        round_ask_groups(r);
    }
    round_go_on(r, false);
}

static void
round_on_step(void *arg)
{
    struct round *r = arg;

    r->pausing = false;
    if (r->running && (r->next_user != NULL || r->unanswered == 0)) {
        round_take_step(r);
    }
}

/* The time until the next step: so much that all steps fit into a round. */
static int64_t
round_pause_ms(const struct round *r)
{
    int64_t steps = HASH_COUNT(r->index->users) / USERS_A_STEP +
                    HASH_COUNT(r->index->groups) / GROUPS_A_COMMAND + 1;
    int64_t pause = r->env->config->list.update_rate_s * ROUND_SHARE / steps;

    return pause < 1 ? 1 : pause < STEP_MAX_MS ? pause : STEP_MAX_MS;
}

/* What is next, after an answer or a step. */
static void
round_go_on(struct round *r, bool at_once)
{
    if (r->next_user == NULL && r->unanswered > 0) {
        return; /* the answer goes on */
    }
    if (r->next_user == NULL && !r->users_known && !r->broken) {
        r->users_known = true;
        r->next_group = r->index->groups;
        at_once = true;
    }
    if (r->next_user == NULL && r->next_group == NULL && r->rest == NULL && r->searching == NULL) {
        round_end(r);
    } else if (at_once) {
        round_take_step(r);
    } else if (!r->pausing) {
        r->pausing = true;
        loop_timer_start(r->step, round_pause_ms(r), 0);
    }
}

void
round_begin(struct round *r)
{
    r->running = true;
    r->broken = r->users_known = false;
    r->number++;
    r->next_user = r->index->users;
    round_go_on(r, true);
}

bool
round_is_running(const struct round *r)
{
    return r->running;
}

uint64_t
round_number(const struct round *r)
{
    return r->number;
}

/* ---- life ---- */

struct round *
round_create(const struct env *env, struct commands *commands, struct group_index *index,
             void (*on_end)(void *ctx, bool whole), void *ctx)
{
    struct round *r = mem_zalloc(sizeof(*r));

    r->env = env;
    r->commands = commands;
    r->index = index;
    r->on_end = on_end;
    r->ctx = ctx;
    argv_init(&r->argv);
    r->step = loop_timer_create(env->loop, round_on_step, r);
    return r;
}

void
round_destroy(struct round *r)
{
    if (r == NULL) {
        return;
    }
    round_break(r);
    loop_timer_destroy(r->step);
    argv_fini(&r->argv);
    free(r);
}
