/* stream.c - what clients of fastim.v2 get of a group. */
#include "push-daemon/resume/stream.h"

#include <stdlib.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/resp.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/env.h"
#include "push-daemon/resume/follow.h"
#include "push-daemon/resume/rejoin.h"

enum {
    RENEW_MS = 12 * 3600 * 1000, /* the event log lives for a day, or longer */
    CHANGES_MAX = 3              /* of a list between its pieces: then it is asked for in one */
};

/* ---- the question under way ---- */

static void
stream_abandon(struct stream *st)
{
    if (st->question != NULL) {
        marks_abandon(&st->question->request);
        st->question = NULL;
        lanes_keep_nothing(&st->feed.lanes);
    }
}

static bool
stream_is_marked(const struct stream *st)
{
    return st->question != NULL && st->question->marked;
}

/* ---- what comes ---- */

/* What came before the mark is in the answer. What comes while the stream is polled is in the next
 * one, at the latest. */
static void
stream_hold(struct stream *st, struct str payload, int64_t event_at)
{
    size_t max_bytes = (size_t)st->feed.env->config->push.room_log_bytes;

    if (!stream_is_marked(st) || polling_is_on(&st->polling)) {
        return;
    }
    if (st->held.bytes + payload.len <= max_bytes) {
        holdback_add_event(&st->held, payload, event_at);
        return;
    }
    holdback_clear(&st->held);
    stream_abandon(st);
    stream_pump(st);
}

void
stream_on_message(struct stream *st, struct str payload)
{
    if (st->synced) {
        feed_message(&st->feed, payload);
    } else {
        stream_hold(st, payload, 0);
    }
}

void
stream_on_event(struct stream *st, int64_t at, struct str json)
{
    if (st->synced) {
        feed_event(&st->feed, at, json);
    } else {
        stream_hold(st, json, at);
    }
}

void
stream_pass(struct stream *st, struct str json)
{
    if (lanes_have_members(&st->feed.lanes)) {
        lanes_append(&st->feed.lanes, json, NULL);
    }
}

/* ---- an answer ---- */

/* The mark has come, and the answer. */
static void
stream_use(struct stream *st, struct question *q)
{
    bool is_in_step;

    st->question = NULL;
    st->changes = 0;
    st->is_unreadable = false;
    is_in_step = follow_answer(st, q);
    question_destroy(q);
    lanes_keep_nothing(&st->feed.lanes);
    if (is_in_step && st->feed.exact) {
        rejoin_all_in_step(&st->feed.lanes, &st->feed.at);
    }
    stream_pump(st);
}

static void
stream_on_mark(struct marked *m)
{
    struct question *q = (struct question *)m;
    struct stream *st = m->owner;

    q->marked = true;
    lanes_mark(&st->feed.lanes, q->offsets);
    lanes_keep(&st->feed.lanes, q->offsets);
    if (m->answered) {
        stream_use(st, q);
    }
}

/* The keys hold something else, so nobody can be let in. Members who may have missed something stay
 * where they stand, and are told nothing of what is published: if they came back from behind it, it
 * would seem to be all that they had missed. The next pump asks for them again. */
static void
stream_on_unreadable(struct stream *st, const struct reply *reply)
{
    if (lanes_have_waiting(&st->feed.lanes) || !st->is_unreadable) {
        log_warn("list-unreadable group=%s answer=%s", log_quote(st->feed.lanes.group).text,
                 log_quote(reply_complaint(reply)).text);
    }
    st->is_unreadable = true;
    lanes_close_waiting(&st->feed.lanes, CLOSE_LIST_UNREADABLE);
}

/* What was read so far is of no use. If the members are polled, and it was for them, they are due:
 * else a client that waits would be asked about, perhaps in vain, and they anew, without end. */
static void
stream_ask_anew(struct stream *st, int changes)
{
    if (position_equal(&st->question->missed.from, &st->feed.at)) {
        st->polling.due_ms = 0;
    }
    st->changes = changes;
    stream_abandon(st);
    stream_pump(st);
}

static void
stream_on_answer(struct marked *m, const struct reply *reply)
{
    struct question *q = (struct question *)m;
    struct stream *st = m->owner;
    const struct config *config = st->feed.env->config;
    const struct missed_reader reader = {
        .group = st->feed.lanes.group,
        .garbage = st->feed.garbage,
        .encoding = (enum config_encoding)config->redis.encoding,
        .list_num = (size_t)config->message.list_num,
        .redis_ms = feed_redis_ms(&st->feed),
    };

    switch (question_take(q, config, &reader, reply)) {
    case QUESTION_WHOLE:
        if (q->marked) {
            stream_use(st, q);
        }
        return;
    case QUESTION_MORE:
        return;
    case QUESTION_GONE:
        stream_ask_anew(st, st->changes + 1);
        return;
    case QUESTION_STUCK:
        stream_ask_anew(st, CHANGES_MAX);
        return;
    case QUESTION_LOST: /* the next pump asks again */
        stream_abandon(st);
        return;
    case QUESTION_UNREADABLE:
        stream_abandon(st);
        stream_on_unreadable(st, reply);
        return;
    }
}

/* ---- asking ---- */

/* Do the members need an answer? */
static bool
stream_is_due(const struct stream *st)
{
    if (polling_is_on(&st->polling)) {
        return lanes_have_members(&st->feed.lanes) &&
               polling_is_due(&st->polling, env_now_ms(st->feed.env));
    }
    return lanes_have_members(&st->feed.lanes) &&
           (!st->synced || env_now_ms(st->feed.env) - st->asked_ms >= RENEW_MS);
}

void
stream_pump(struct stream *st)
{
    struct marks *marks = polling_is_on(&st->polling) ? st->polling.marks : st->marks;
    bool is_due = stream_is_due(st);
    struct question *q;

    if (st->question != NULL || marks == NULL ||
        (!is_due && !lanes_have_waiting(&st->feed.lanes))) {
        return;
    }
    q = question_create(st, is_due ? st->feed.at : rejoin_first(&st->feed.lanes),
                        st->changes >= CHANGES_MAX);
    q->request.on_mark = stream_on_mark;
    q->request.on_answer = stream_on_answer;
    if (!question_ask(q, st->feed.env->config, marks, st->feed.lanes.group)) {
        question_destroy(q);
        return;
    }
    st->asked_ms = env_now_ms(st->feed.env);
    polling_asked(&st->polling, st->asked_ms);
    st->question = q;
    holdback_clear(&st->held); /* it came before the mark */
}

void
stream_pump_if_due(struct stream *st)
{
    if (polling_is_due(&st->polling, env_now_ms(st->feed.env))) {
        stream_pump(st);
    }
}

void
stream_join(struct stream *st, struct session *s)
{
    lanes_wait(&st->feed.lanes, s);
    if (!st->synced || !st->feed.exact || !rejoin_at_once(&st->feed.lanes, s, &st->feed.at)) {
        stream_pump(st);
    }
}

void
stream_on_subscribed(struct stream *st, struct marks *marks)
{
    st->marks = marks;
    stream_pump(st);
}

void
stream_on_unsubscribed(struct stream *st)
{
    if (!polling_is_on(&st->polling)) {
        stream_abandon(st);
    }
    st->marks = NULL;
    st->synced = false;
    holdback_clear(&st->held);
    lanes_forget_lists(&st->feed.lanes);
}

void
stream_poll(struct stream *st, struct marks *polls)
{
    stream_abandon(st);
    feed_end_polling(&st->feed);
    st->polling = polling_of(polls);
    st->polls_in_vain = 0;
    st->synced = false;
    holdback_clear(&st->held);
    lanes_forget_lists(&st->feed.lanes);
    stream_pump(st);
}

void
stream_on_commands(struct stream *st)
{
    if (st->question != NULL && st->question->request.answered) {
        stream_abandon(st);
    }
    stream_pump(st);
}

bool
stream_has_reached(const struct stream *st, int64_t at)
{
    return !lanes_have_members(&st->feed.lanes) || st->feed.at.at >= at;
}

bool
stream_has_members(const struct stream *st)
{
    return lanes_have_members(&st->feed.lanes);
}

void
stream_each(const struct stream *st, void (*fn)(void *arg, struct session *s), void *arg)
{
    lanes_each(&st->feed.lanes, fn, arg);
}

bool
stream_is_empty(const struct stream *st)
{
    return lanes_are_empty(&st->feed.lanes);
}

/* ---- life ---- */

struct stream *
stream_create(const struct stream_parts *parts, struct str group, void (*on_leave)(void *ctx),
              void *ctx)
{
    struct stream *st = mem_zalloc(sizeof(*st));

    st->feed.env = parts->env;
    st->feed.garbage = parts->garbage;
    lanes_init(&st->feed.lanes, parts->env, parts->flusher, group, on_leave, ctx);
    return st;
}

void
stream_destroy(struct stream *st)
{
    if (st != NULL) {
        stream_abandon(st);
        holdback_clear(&st->held);
        feed_end_polling(&st->feed);
        lanes_fini(&st->feed.lanes);
        free(st);
    }
}
