/* room.c - a group on this daemon: its log, the clients that read it, and those that wait to. */
#include "push-daemon/room/room.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "push-daemon/room/cohort.h"
#include "push-daemon/room/hub.h"
#include "push-daemon/core/metrics.h"
#include "push-daemon/client/session.h"

struct room *
room_create(struct hub *hub, struct str group)
{
    struct room *room = mem_zalloc(sizeof(*room) + group.len);

    room->hub = hub;
    room->group_length = group.len;
    memcpy(room->group, group.p, group.len);
    framelog_init(&room->log);
    return room;
}

static void
drop_cohorts_from(struct cohort **at)
{
    while (*at != NULL) {
        struct cohort *gone = *at;

        *at = gone->next;
        gone->next = NULL;
        pending_dups_clear(&gone->expected);
        cohort_unref(gone);
    }
}

void
room_destroy(struct room *room)
{
    drop_cohorts_from(&room->cohorts);
    sync_fini(&room->sync);
    framelog_fini(&room->log);
    free(room);
}

struct str
room_group(const struct room *room)
{
    return str_make(room->group, room->group_length);
}

bool
room_is_empty(const struct room *room)
{
    return room->members == NULL && room->waiting == NULL;
}

void
room_wait(struct room *room, struct session *s)
{
    s->state = SESSION_WAITING;
    s->room = room;
    DL_APPEND(room->waiting, s);
}

void
room_admit(struct room *room, struct session *s, uint64_t cursor, struct cohort *cohort)
{
    DL_DELETE(room->waiting, s);
    DL_APPEND(room->members, s);
    room->member_count++;
    s->state = SESSION_LIVE;
    s->log = &room->log;
    s->cursor = cursor;
    s->cohort = cohort != NULL ? cohort_ref(cohort) : NULL;
}

void
room_leave(struct room *room, struct session *s)
{
    if (s->log != NULL) {
        DL_DELETE(room->members, s);
        room->member_count--;
    } else {
        DL_DELETE(room->waiting, s);
    }
    s->room = NULL;
}

void
room_add_cohort(struct room *room, struct cohort *cohort)
{
    cohort->next = room->cohorts;
    room->cohorts = cohort;
}

/* Newest first: all from the first expired one on are expired. */
static void
expire_cohorts(struct room *room, int64_t now_ms)
{
    struct cohort **at = &room->cohorts;

    while (*at != NULL && (*at)->expires_ms > now_ms) {
        at = &(*at)->next;
    }
    drop_cohorts_from(at);
}

void
room_append(struct room *room, struct str message, uint64_t hash, int64_t now_ms, size_t max_bytes)
{
    uint64_t from = framelog_end(&room->log);
    struct cohort *c;
    struct session *s;

    if (room_unflushed(room) == 0) {
        room->waits_since_us = clock_us();
    }
    framelog_append(&room->log, message);
    framelog_bound(&room->log, max_bytes);
    if (room->cohorts == NULL) {
        return;
    }
    expire_cohorts(room, now_ms);
    for (c = room->cohorts; c != NULL; c = c->next) {
        if (!pending_dups_take(&c->expected, hash)) {
            continue;
        }
        DL_FOREACH (room->members, s) {
            if (s->cohort == c) {
                session_add_hole(s, from, framelog_end(&room->log));
            }
        }
    }
}

size_t
room_unflushed(const struct room *room)
{
    return (size_t)(framelog_end(&room->log) - room->flushed_to);
}

static void
note_flush(const struct room *room)
{
    struct metrics *m = hub_metrics(room->hub);

    if (room_unflushed(room) > 0) {
        metrics_observe(&m->flush_messages,
                        framelog_count(&room->log, room->flushed_to, framelog_end(&room->log)));
        metrics_observe(&m->flush_lag_us, (uint64_t)(clock_us() - room->waits_since_us));
    }
}

void
room_flush(struct room *room)
{
    uint64_t needed = framelog_end(&room->log);
    struct session *s, *next;

    note_flush(room);
    room->flushed_to = needed;
    DL_FOREACH_SAFE (room->members, s, next) {
        session_flush(s);
        if (s->log != NULL && s->cursor < needed) {
            needed = s->cursor;
        }
    }
    framelog_drop(&room->log, sync_needs(&room->sync, needed));
}
