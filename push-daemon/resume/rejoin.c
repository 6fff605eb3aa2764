/* rejoin.c - the clients that wait in a stream are let in. */
#include "push-daemon/resume/rejoin.h"

#include <utlist.h>

#include "push-daemon/client/receive.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/core/env.h"
#include "push-daemon/frames/blob.h"
#include "push-daemon/resume/lanes.h"
#include "push-daemon/resume/question.h"

enum {
    LIST_SHARED_MS = 1000 /* a list is given to those who come within so long */
};

static const struct session *
rejoin_who_waits_longest(const struct lanes *l)
{
    const struct session *oldest = NULL;

    for (size_t i = 0; i < LANES; i++) {
        const struct session *s = l->rooms[i].waiting;

        if (s != NULL && (oldest == NULL || s->enters_since_ms < oldest->enters_since_ms)) {
            oldest = s;
        }
    }
    return oldest;
}

struct position
rejoin_first(const struct lanes *l)
{
    const struct session *oldest = rejoin_who_waits_longest(l);
    struct position first = oldest != NULL ? oldest->v2->resume : (struct position){{0}, 0};

    for (size_t i = 0; i < LANES; i++) {
        const struct session *s;

        DL_FOREACH (l->rooms[i].waiting, s) {
            const struct position *p = &s->v2->resume;

            if (position_is_set(p) && position_has_epoch(p, first.epoch) && p->at < first.at) {
                first = *p;
            }
        }
    }
    return first;
}

/* ---- one lane ---- */

/* What those of one lane get; clients that lack the same share the bytes. */
struct serving {
    const struct question *q;
    struct room *room;
    const struct form *form;
    uint64_t offset;
    struct blob *blob; /* the frames from `from` on; or NULL */
    size_t from;
    bool made; /* blob is that of `from` */
};

static void
rejoin_welcome(struct room *room, struct session *s, uint64_t offset, bool recovered, size_t missed,
               struct blob *frames)
{
    struct metrics *metrics = s->owner->env->metrics;

    metrics->resumes_recovered += recovered;
    metrics->resumes_missed += recovered ? missed : 0;
    metrics->resumes_refused += !recovered && s->v2->asked_resume;
    s->kind->welcome(s, recovered, missed);
    if (frames != NULL) {
        session_send(s, frames);
    }
    if (session_is_open(s)) {
        room_admit(room, s, offset, NULL);
        session_flush(s);
        receive_kept(s);
    }
}

static struct blob *
rejoin_frames(struct serving *v, size_t from)
{
    if (!v->made || v->from != from) {
        blob_unref(v->blob);
        v->blob = missed_blob(&v->q->missed, from, v->form);
        v->from = from;
        v->made = true;
    }
    return v->blob;
}

/* Leaves it waiting if another answer is needed. */
static void
rejoin_serve(struct serving *v, struct session *s)
{
    const struct missed *m = &v->q->missed;
    struct position *stood = &s->v2->resume;
    size_t from;

    if (position_is_set(stood) && (!position_has_epoch(stood, m->now.epoch) ||
                                   (!m->proven && position_equal(stood, &m->from)))) {
        *stood = (struct position){{0}, 0};
    }
    from = missed_find(m, stood);
    if (from != SIZE_MAX) {
        rejoin_welcome(v->room, s, v->offset, true, m->count - from, rejoin_frames(v, from));
    } else if (!m->proven && !position_is_set(stood)) {
        rejoin_welcome(v->room, s, v->offset, false, 0, rejoin_frames(v, 0));
    }
}

static void
rejoin_serve_lane(struct serving *v)
{
    struct session *s, *next;

    if (v->offset < framelog_base(&v->room->log)) {
        return; /* too much came behind the mark: they wait for another one */
    }
    DL_FOREACH_SAFE (v->room->waiting, s, next) {
        rejoin_serve(v, s);
    }
}

/* ---- all lanes ---- */

static void
rejoin_note_list(struct lanes *l, size_t lane, const struct serving *v)
{
    struct lanes_list *list = &l->lists[lane];
    const struct missed *m = &v->q->missed;

    if (!m->proven && m->exact && v->blob != NULL) {
        blob_watch(v->blob, &list->frame);
        list->at = m->now;
        list->made_ms = env_now_ms(l->env);
    }
}

void
rejoin_admit(struct lanes *l, const struct question *q)
{
    for (size_t i = 0; i < LANES; i++) {
        struct serving v = {q, &l->rooms[i], lanes_form(i), q->offsets[i], NULL, 0, false};

        rejoin_serve_lane(&v);
        rejoin_note_list(l, i, &v);
        blob_unref(v.blob);
    }
}

static bool
rejoin_in_step(struct session *s, const struct position *at)
{
    struct room *room = s->chat.room;

    if (!position_is_set(at) || !position_equal(&s->v2->resume, at)) {
        return false;
    }
    rejoin_welcome(room, s, framelog_end(&room->log), true, 0, NULL);
    return true;
}

/* A client that stands nowhere gets the list that others are still being sent, if it is the one
 * that it would get. */
static bool
rejoin_by_list(const struct lanes *l, struct session *s, const struct position *at)
{
    struct room *room = s->chat.room;
    const struct lanes_list *list = &l->lists[room - l->rooms];
    struct blob *frame;

    if (list->frame == NULL || !position_equal(&list->at, at) ||
        env_now_ms(l->env) - list->made_ms > LIST_SHARED_MS ||
        position_has_epoch(&s->v2->resume, at->epoch)) {
        return false;
    }
    frame = blob_ref(list->frame);
    rejoin_welcome(room, s, framelog_end(&room->log), false, 0, frame);
    blob_unref(frame);
    return true;
}

bool
rejoin_at_once(const struct lanes *l, struct session *s, const struct position *at)
{
    return rejoin_in_step(s, at) || rejoin_by_list(l, s, at);
}

void
rejoin_all_in_step(struct lanes *l, const struct position *at)
{
    for (size_t i = 0; i < LANES; i++) {
        struct session *s, *next;

        DL_FOREACH_SAFE (l->rooms[i].waiting, s, next) {
            (void)rejoin_in_step(s, at);
        }
    }
}
