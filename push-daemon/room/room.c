/* room.c - a group on this daemon: its log, its members, and the clients that wait. */
#include "push-daemon/room/room.h"

#include <utlist.h>

#include "lib/clock.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/env.h"
#include "push-daemon/room/cohort.h"

void
room_init(struct room *room, const struct env *env, struct str group, void (*on_leave)(void *ctx),
          void *ctx)
{
    *room = (struct room){.env = env, .group = group, .on_leave = on_leave, .ctx = ctx};
    room->keep_from = ROOM_KEEP_NOTHING;
    framelog_init(&room->log);
}

static void
room_drop_cohorts(struct cohort **at)
{
    while (*at != NULL) {
        struct cohort *gone = *at;

        *at = gone->next;
        gone->next = NULL;
        pending_dups_clear(&gone->pending);
        cohort_unref(gone);
    }
}

void
room_fini(struct room *room)
{
    room_drop_cohorts(&room->cohorts);
    framelog_fini(&room->log);
}

bool
room_is_empty(const struct room *room)
{
    return room->members == NULL && room->waiting == NULL;
}

/* ---- clients ---- */

void
room_wait(struct room *room, struct session *s)
{
    session_set_state(s, SESSION_WAITING);
    s->chat.room = room;
    DL_APPEND(room->waiting, s);
}

void
room_admit(struct room *room, struct session *s, uint64_t cursor, struct cohort *cohort)
{
    DL_DELETE(room->waiting, s);
    DL_APPEND(room->members, s);
    session_set_state(s, SESSION_LIVE);
    reader_attach(&s->reader, &room->log, cursor);
    s->chat.cohort = cohort != NULL ? cohort_ref(cohort) : NULL;
}

void
room_leave(struct room *room, struct session *s)
{
    if (reader_is_attached(&s->reader)) {
        DL_DELETE(room->members, s);
        reader_detach(&s->reader);
    } else {
        DL_DELETE(room->waiting, s);
    }
    cohort_unref(s->chat.cohort);
    s->chat.cohort = NULL;
    s->chat.room = NULL;
    room->on_leave(room->ctx);
}

void
room_each(const struct room *room, void (*fn)(void *arg, struct session *s), void *arg)
{
    struct session *s;

    DL_FOREACH (room->members, s) {
        fn(arg, s);
    }
    DL_FOREACH (room->waiting, s) {
        fn(arg, s);
    }
}

static void
room_close_all(struct session *sessions, enum close_reason reason)
{
    struct session *s, *next;

    DL_FOREACH_SAFE (sessions, s, next) {
        session_close(s, reason);
    }
}

void
room_close_members(struct room *room, enum close_reason reason)
{
    room_close_all(room->members, reason);
}

void
room_close_waiting(struct room *room, enum close_reason reason)
{
    room_close_all(room->waiting, reason);
}

/* ---- messages ---- */

void
room_add_cohort(struct room *room, struct cohort *cohort)
{
    cohort->next = room->cohorts;
    room->cohorts = cohort;
}

/* The newest stands first. So if one has expired, all behind it have. */
static void
room_expire_cohorts(struct room *room)
{
    struct cohort **at = &room->cohorts;

    while (*at != NULL && (*at)->expires_ms > env_now_ms(room->env)) {
        at = &(*at)->next;
    }
    room_drop_cohorts(at);
}

static void
room_skip_for_cohort(struct room *room, const struct cohort *cohort, uint64_t from)
{
    struct session *s;

    DL_FOREACH (room->members, s) {
        if (s->chat.cohort == cohort) {
            reader_skip(&s->reader, from, framelog_end(&room->log));
        }
    }
}

void
room_append(struct room *room, struct str frame, uint64_t hash, size_t max_bytes)
{
    uint64_t from = framelog_end(&room->log);

    if (room_unflushed(room) == 0) {
        room->unflushed_since_us = clock_us();
    }
    framelog_append(&room->log, frame);
    framelog_bound(&room->log, max_bytes);
    room_expire_cohorts(room);
    for (struct cohort *c = room->cohorts; c != NULL; c = c->next) {
        if (pending_dups_take(&c->pending, hash)) {
            room_skip_for_cohort(room, c, from);
        }
    }
}

void
room_keep_from(struct room *room, uint64_t offset)
{
    room->keep_from = offset;
}

size_t
room_unflushed(const struct room *room)
{
    return (size_t)(framelog_end(&room->log) - room->flushed_to);
}

static void
room_observe_flush(const struct room *room)
{
    struct metrics *m = room->env->metrics;

    if (room_unflushed(room) > 0) {
        metrics_observe(&m->flush_messages,
                        framelog_count(&room->log, room->flushed_to, framelog_end(&room->log)));
        metrics_observe(&m->flush_lag_us, (uint64_t)(clock_us() - room->unflushed_since_us));
    }
}

void
room_flush(struct room *room)
{
    uint64_t needed = framelog_end(&room->log);
    struct session *s, *next;

    room_observe_flush(room);
    room->flushed_to = needed;
    DL_FOREACH_SAFE (room->members, s, next) {
        session_flush(s);
        if (reader_is_attached(&s->reader) && s->reader.cursor < needed) {
            needed = s->reader.cursor;
        }
    }
    framelog_drop(&room->log, needed < room->keep_from ? needed : room->keep_from);
}
