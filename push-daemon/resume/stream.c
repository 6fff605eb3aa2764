/* stream.c - what clients of fastim.v2 get of a group. */
#include "push-daemon/resume/stream.h"

#include <stdlib.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/resp.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/env.h"
#include "push-daemon/resume/feed.h"
#include "push-daemon/resume/question.h"
#include "push-daemon/resume/rejoin.h"

enum {
    RENEW_MS = 12 * 3600 * 1000, /* the event log lives for a day, or longer */
    CHANGES_MAX = 3              /* of a list between its pieces: then it is asked for in one */
};

struct stream {
    struct stream_parts parts;
    struct feed feed;
    bool subscribed;           /* Redis has acknowledged it */
    bool synced;               /* the logs follow the group */
    struct question *question; /* under way; or NULL */
    int64_t asked_ms;          /* when Redis was asked last */
    int changes;               /* of the list between its pieces, since it was whole */
    struct holdback held;      /* what came behind the mark while not synced */
};

/* ---- the question under way ---- */

static void
stream_abandon(struct stream *st)
{
    if (st->question != NULL) {
        marks_abandon(st->parts.marks, &st->question->request);
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

/* What came before the mark is in the answer. */
static void
stream_hold(struct stream *st, struct str payload, int64_t event_at)
{
    size_t max_bytes = (size_t)st->parts.env->config->push.room_log_bytes;

    if (!stream_is_marked(st)) {
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

/* Brings the logs in step with the group. */
static void
stream_follow(struct stream *st, struct question *q)
{
    if (lanes_have_members(&st->feed.lanes)) {
        feed_missed(&st->feed, &q->missed);
    }
    st->feed.at = q->missed.now;
    st->feed.exact = q->missed.exact;
    lanes_mark(&st->feed.lanes, q->offsets);
    feed_held(&st->feed, &st->held);
    st->synced = true;
}

/* The log of events is another one: Redis has lost its data, or the log has expired. */
static bool
stream_is_lost(const struct stream *st, const struct question *q)
{
    return st->synced && lanes_have_members(&st->feed.lanes) &&
           !position_has_epoch(&st->feed.at, q->missed.now.epoch);
}

/* The mark has come, and the answer. */
static void
stream_use(struct stream *st, struct question *q)
{
    st->question = NULL;
    st->changes = 0;
    if (stream_is_lost(st, q)) { /* the members get the list, by a question of their own */
        st->synced = false;
        st->feed.at.epoch[0] = '\0'; /* the number stays that of what they have */
    } else {
        if (!st->synced) {
            stream_follow(st, q);
        } else {
            feed_adopt(&st->feed, &q->missed.now);
        }
        rejoin_admit(&st->feed.lanes, q);
    }
    question_destroy(q);
    lanes_keep_nothing(&st->feed.lanes);
    if (st->synced && st->feed.exact) {
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

/* The keys hold something else, so nobody can be let in. What is published can still be passed on
 * to members who have missed something. They stand nowhere then: as soon as the list can be read
 * again, they get it. */
static void
stream_on_unreadable(struct stream *st, const struct reply *reply)
{
    if (lanes_have_waiting(&st->feed.lanes) || !st->synced) {
        log_warn("list-unreadable group=%s answer=%s", log_quote(st->feed.lanes.group).text,
                 log_quote(reply_complaint(reply)).text);
    }
    lanes_close_waiting(&st->feed.lanes, CLOSE_LIST_UNREADABLE);
    if (!st->synced && lanes_have_members(&st->feed.lanes)) {
        st->feed.at.epoch[0] = '\0';
        st->synced = true;
    }
}

/* What was read so far is of no use. */
static void
stream_ask_anew(struct stream *st, int changes)
{
    st->changes = changes;
    stream_abandon(st);
    stream_pump(st);
}

static void
stream_on_answer(struct marked *m, const struct reply *reply)
{
    struct question *q = (struct question *)m;
    struct stream *st = m->owner;
    const struct config *config = st->parts.env->config;
    const struct missed_reader reader = {
        .group = st->feed.lanes.group,
        .garbage = st->parts.garbage,
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
    return lanes_have_members(&st->feed.lanes) &&
           (!st->synced || !position_is_set(&st->feed.at) ||
            env_now_ms(st->parts.env) - st->asked_ms >= RENEW_MS);
}

void
stream_pump(struct stream *st)
{
    bool is_due = stream_is_due(st);
    struct question *q;

    if (st->question != NULL || !st->subscribed ||
        (!is_due && !lanes_have_waiting(&st->feed.lanes))) {
        return;
    }
    q = question_create(st, is_due ? st->feed.at : rejoin_first(&st->feed.lanes),
                        st->changes >= CHANGES_MAX);
    q->request.on_mark = stream_on_mark;
    q->request.on_answer = stream_on_answer;
    if (!question_ask(q, st->parts.env->config, st->parts.marks, st->feed.lanes.group)) {
        question_destroy(q);
        return;
    }
    st->asked_ms = env_now_ms(st->parts.env);
    st->question = q;
    holdback_clear(&st->held); /* it came before the mark */
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
stream_on_subscribed(struct stream *st)
{
    st->subscribed = true;
    stream_pump(st);
}

void
stream_on_unsubscribed(struct stream *st)
{
    st->subscribed = false;
    st->synced = false;
    stream_abandon(st);
    holdback_clear(&st->held);
    lanes_forget_lists(&st->feed.lanes);
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

    st->parts = *parts;
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
        lanes_fini(&st->feed.lanes);
        free(st);
    }
}
