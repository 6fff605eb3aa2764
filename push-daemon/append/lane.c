/* lane.c - messages that are stored in one order: epoch, seq, and what became of them. */
#include "push-daemon/append/lane.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/append/append_reply.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/hub/hub.h"
#include "push-daemon/nodes/node.h"
#include "push-daemon/nodes/nodes.h"

enum {
    HEARING_MS = 10000 /* longest wait for a stored message to come back */
};

/* ---- stored ---- */

static bool
lane_was_heard(const struct lane *l, const struct append_entry *e)
{
    return hub_has_heard(l->parts->hub, e->message.group, e->ts) ||
           clock_ms() > e->deadline_ms + HEARING_MS;
}

/* It has no more time. */
static void
lane_resolve_late(struct lane *l, struct append_entry *e)
{
    l->parts->env->metrics->messages_late++;
    append_queue_resolve(&l->open, e, APPEND_REFUSED);
}

/* In the order of their seq. If one has not come back, the ones behind it wait. */
void
lane_resolve_heard(struct lane *l)
{
    while (l->open.head != NULL && l->open.head->ts > 0 && lane_was_heard(l, l->open.head)) {
        append_queue_resolve(&l->open, l->open.head, APPEND_STORED);
    }
}

/* What was never sent, or refused, is not stored. */
void
lane_resolve_unsent(struct lane *l)
{
    struct append_entry *e, *next;

    if (l->mode == LANE_RUNNING) {
        return;
    }
    DL_FOREACH_SAFE (l->open.head, e, next) {
        if (!e->sent && !e->stored && clock_ms() > e->deadline_ms) {
            lane_resolve_late(l, e);
        }
    }
}

/* ---- sending ---- */

static void lane_on_reply(void *arg, const struct reply *reply);

/* False: too many commands are under way. Its seq is not used then. */
static bool
lane_send(struct lane *l, struct append_entry *e)
{
    struct cmd_append_args args = {
        .group = e->message.group,
        .user = e->message.user,
        .info = e->message.info,
        .token = e->message.token,
        .id = e->message.id,
        .producer = str_of(l->producer.name),
        .standing = e->message.standing,
        .seq = l->producer.last_seq + 1,
        .deadline_ms = e->kept ? 0 : redis_clock_at_ms(node_clock(l->node), e->deadline_ms),
        .is_admitted = true,
    };

    cmd_append(&l->parts->argv, l->parts->env->config, &args);
    if (!node_send(l->node, &l->parts->argv, lane_on_reply, e)) {
        return false;
    }
    e->seq = ++l->producer.last_seq;
    e->sent = true;
    e->sent_us = clock_us();
    l->in_flight++;
    return true;
}

static void
lane_load_script(struct lane *l)
{
    if (l->load_script) {
        l->load_script = false;
        cmd_load(&l->parts->argv, l->parts->env->config, SCRIPT_APPEND);
        (void)node_send(l->node, &l->parts->argv, NULL, NULL);
    }
}

void
lane_send_all(struct lane *l)
{
    struct append_entry *e, *next;

    append_queue_resolve_stored(&l->open); /* the epoch ends: nobody can look for them any more */
    producer_begin_epoch(&l->producer, ++l->parts->epoch);
    l->mode = LANE_RUNNING;
    lane_load_script(l);
    DL_FOREACH_SAFE (l->open.head, e, next) {
        if (!e->stored && clock_ms() > e->deadline_ms) {
            if (l->parts->is_cluster) {
                append_refusals_note(&l->parts->refusals,
                                     str_of("its slot is on the move, or no node had it in time"));
            }
            lane_resolve_late(l, e);
        } else if (!lane_send(l, e)) {
            append_queue_resolve(&l->open, e, APPEND_REFUSED);
        }
    }
}

/* ---- replies ---- */

/* Redis gives its clock with that answer. A message that has time left was refused because we had
 * believed another one: it goes out once more, behind the barrier, by the right one. */
static void
lane_on_too_late(struct lane *l, struct append_entry *e, int64_t redis_ms)
{
    bool has_time = clock_ms() <= e->deadline_ms;

    node_note_clock(l->node, e->sent_us / 1000, redis_ms);
    if (e->kept) { /* stored, with a ts that nobody knows */
        append_queue_resolve(&l->open, e, APPEND_STORED);
        return;
    }
    if (has_time && !e->again) {
        e->again = true;
        e->sent = false;
        return;
    }
    if (has_time) {
        append_refusals_note_late(&l->parts->refusals);
    }
    append_refusals_note(&l->parts->refusals, str_of("too late"));
    lane_resolve_late(l, e);
}

/* One Redis is never elsewhere. */
static enum append_answer
lane_answer(const struct lane *l, const struct append_reply *r)
{
    return r->answer == ANSWER_ELSEWHERE && !l->parts->is_cluster ? ANSWER_REFUSED : r->answer;
}

static void
lane_on_refusal(struct lane *l, struct append_entry *e, const struct append_reply *r)
{
    if (l->mode == LANE_RUNNING && !append_reply_is_by_rule(r)) {
        l->mode = LANE_BARRIER; /* the appends in flight behind this one will be refused as well */
    }
    switch (lane_answer(l, r)) {
    case ANSWER_ELSEWHERE:
        l->is_elsewhere = true;
        e->sent = false;
        return;
    case ANSWER_OUT_OF_ORDER:
    case ANSWER_NO_SCRIPT:
        l->load_script = l->load_script || r->answer == ANSWER_NO_SCRIPT;
        e->sent = false; /* stays open: it goes out again */
        return;
    case ANSWER_TOO_LATE:
        lane_on_too_late(l, e, r->redis_ms);
        return;
    case ANSWER_STORED:
    case ANSWER_REFUSED:
        if (r->error.len > 0) {
            append_refusals_note(&l->parts->refusals, r->error);
        }
        append_queue_tell(&l->open, e, &r->outcome);
        return;
    }
}

static void
lane_on_all_answered(struct lane *l)
{
    if (l->mode == LANE_BARRIER && l->is_elsewhere) {
        l->is_elsewhere = false;
        l->mode = LANE_WAITING;
    } else if (l->mode == LANE_BARRIER) {
        lane_send_all(l);
    }
}

static void
lane_on_reply(void *arg, const struct reply *reply)
{
    struct append_entry *e = arg;
    struct lane *l = e->owner;
    struct append_reply r;

    l->in_flight--;
    if (reply_type(reply) == REPLY_LOST) {
        return; /* open until lane_on_ready() has asked for the highest seq */
    }
    metrics_observe(&l->parts->env->metrics->append_us, (uint64_t)(clock_us() - e->sent_us));
    r = append_reply_read(reply);
    if (r.answer == ANSWER_STORED) {
        append_refusals_end_late(&l->parts->refusals);
        e->ts = r.outcome.ts;
    } else {
        lane_on_refusal(l, e, &r);
    }
    if (l->in_flight == 0) {
        lane_on_all_answered(l);
    }
}

/* ---- messages ---- */

/* False: it cannot be sent now. */
static bool
lane_begin(struct lane *l, struct append_entry *e)
{
    e->owner = l;
    return l->mode != LANE_RUNNING || lane_send(l, e);
}

bool
lane_take(struct lane *l, const struct append_message *m, append_fn *fn, void *arg)
{
    struct append_entry *e = l->mode != LANE_DOWN ? append_queue_add(&l->open, m, fn, arg) : NULL;

    if (e == NULL) {
        return false;
    }
    if (!lane_begin(l, e)) {
        append_queue_drop(&l->open, e);
        return false;
    }
    return true;
}

bool
lane_take_over(struct lane *l, struct append_queue *from, struct append_entry *e)
{
    if (l->mode == LANE_DOWN) {
        return false;
    }
    append_queue_move(from, &l->open, e);
    if (!lane_begin(l, e)) {
        append_queue_move(&l->open, from, e);
        return false;
    }
    return true;
}

/* ---- life ---- */

bool
lane_is_idle(const struct lane *l)
{
    return l->open.head == NULL && l->in_flight == 0 &&
           (l->look == NULL || !append_look_is_under_way(l->look));
}

struct lane *
lane_create(struct lane_parts *parts, struct str group)
{
    struct lane *l = mem_zalloc(sizeof(*l) + group.len);
    char *bytes = (char *)(l + 1);

    memcpy(bytes, group.p, group.len);
    l->group = str_make(bytes, group.len);
    l->parts = parts;
    l->producer.daemon_id = parts->daemon_id;
    l->open.budget = &parts->budget;
    return l;
}

void
lane_destroy(struct lane *l)
{
    append_queue_clear(&l->open);
    append_look_destroy(l->look);
    free(l);
}
