/* follow.c - an answer of Redis: the logs of a stream follow it, and clients are let in. */
#include "push-daemon/resume/follow.h"

#include "push-daemon/core/env.h"
#include "push-daemon/resume/rejoin.h"

enum {
    VAIN_MAX = 8 /* so many answers let nobody in, then the members get the list */
};

/* ---- the members ---- */

/* They are polled, and the question may have been another client's. False: the answer does not tell
 * what they lack. It may not be used then: their logs would go on from another position than that
 * of clients which it lets in. */
static bool
follow_catch_up_polled(struct stream *st, const struct missed *m)
{
    bool is_their_own = position_equal(&m->from, &st->feed.at);
    size_t from = is_their_own ? 0 : missed_find(m, &st->feed.at);

    if (!is_their_own && position_equal(&m->now, &st->feed.at)) {
        return true;
    }
    if (from == SIZE_MAX && (m->proven || st->polls_in_vain < VAIN_MAX)) {
        return false;
    }
    feed_polled(&st->feed, m, from); /* the list, if others write too much to tell */
    return true;
}

/* ---- the logs ---- */

/* Brings the logs in step with the group. */
static bool
follow_run(struct stream *st, struct question *q)
{
    bool is_polled = polling_is_on(&st->polling);

    if (!lanes_have_members(&st->feed.lanes)) {
        feed_end_polling(&st->feed); /* those who had late messages are gone */
    } else if (is_polled && !follow_catch_up_polled(st, &q->missed)) {
        return false;
    } else if (!is_polled) {
        feed_missed(&st->feed, &q->missed, 0);
    }
    st->feed.at = q->missed.now;
    st->feed.exact = q->missed.exact;
    lanes_mark(&st->feed.lanes, q->offsets);
    feed_held(&st->feed, &st->held);
    st->synced = !is_polled;
    return true;
}

/* The log of events is another one: Redis has lost its data, or the log has expired. */
static bool
follow_is_lost(const struct stream *st, const struct question *q)
{
    return st->synced && lanes_have_members(&st->feed.lanes) &&
           !position_has_epoch(&st->feed.at, q->missed.now.epoch);
}

/* Nobody can be let in with it: the members are to have an answer of their own, at once. */
static void
follow_in_vain(struct stream *st)
{
    st->polls_in_vain++;
    st->polling.due_ms = 0;
}

bool
follow_answer(struct stream *st, struct question *q)
{
    polling_answered(&st->polling, env_now_ms(st->feed.env));
    if (follow_is_lost(st, q)) { /* the members get the list, by a question of their own */
        st->synced = false;
        st->feed.at.epoch[0] = '\0'; /* the number stays that of what they have */
        return false;
    }
    if (st->synced) {
        feed_adopt(&st->feed, &q->missed.now);
    } else if (!follow_run(st, q)) {
        follow_in_vain(st);
        return false;
    }
    rejoin_admit(&st->feed.lanes, q);
    if (!lanes_have_waiting(&st->feed.lanes)) {
        st->polls_in_vain = 0;
    }
    return true;
}
