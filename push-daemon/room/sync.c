/* sync.c - how a room's log is kept in step with the group's list in Redis. */
#include "push-daemon/room/sync.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/resp.h"
#include "push-daemon/room/catchup.h"
#include "push-daemon/room/cohort.h"
#include "push-daemon/room/deliver.h"
#include "push-daemon/room/hub.h"
#include "push-daemon/room/join.h"
#include "push-daemon/room/room.h"
#include "push-daemon/client/session.h"
#include "push-daemon/room/snapshot.h"

enum {
    WINDOW_GROWTH = 8
};

/* Nobody wants the snapshot under way any more. */
static void
abandon(struct room *room)
{
    struct snapshot *s = room->sync.snapshot;

    if (s == NULL) {
        return;
    }
    room->sync.snapshot = NULL;
    s->room = NULL;
    hub_forget(room->hub, s);
    if (s->answered) {
        snapshot_destroy(s);
    }
}

/* ---- messages ---- */

static void
hold(struct room *room, struct str payload)
{
    struct sync *sync = &room->sync;

    if (sync->held.bytes + payload.len <= (size_t)hub_config(room->hub)->push.room_log_bytes) {
        holdback_add(&sync->held, payload, sync->snapshot != NULL && sync->snapshot->marked);
        return;
    }
    /* All of it is in the list: a snapshot made from here on has it. */
    holdback_clear(&sync->held);
    abandon(room);
    sync_pump(room);
}

void
sync_on_message(struct room *room, struct str payload)
{
    struct sync *sync = &room->sync;
    struct snapshot *marked =
        sync->snapshot != NULL && sync->snapshot->marked ? sync->snapshot : NULL;
    uint64_t hash = hash_bytes(payload);

    if (!sync->synced && room->members != NULL) {
        hold(room, payload);
    } else if (!sync->synced && marked == NULL) {
        return; /* nobody reads yet, and the snapshot will have it */
    } else if (!catchup_had(room, hash)) {
        deliver_raw(room, marked, payload, hash);
    }
}

/* What has passed since the mark comes behind the list: it must not be forgotten before it. */
static void
remember_list(struct sync *sync, const struct snapshot *s, int64_t now_ms)
{
    dedup_fini(&sync->seen); /* nobody has got any of it */
    sync->seen_whole = snapshot_is_whole(s);
    sync->listed = s->entry_count;
    sync->listed_until_ms = now_ms + COHORT_MS;
    for (size_t i = 0; i < s->entry_count; i++) {
        dedup_add(&sync->seen, s->entries[i].hash);
    }
    for (size_t i = 0; i < s->passed_count; i++) {
        dedup_add(&sync->seen, s->passed[i].hash);
    }
}

/* Mark and snapshot are both there. */
static void
use_snapshot(struct snapshot *s)
{
    struct room *room = s->room;
    struct sync *sync = &room->sync;
    struct cohort *cohort = join_cohort(room, s);

    sync->snapshot = NULL;
    sync->window = 0;
    hub_forget(room->hub, s);
    if (!sync->synced && room->members == NULL) {
        remember_list(sync, s, hub_now_ms(room->hub));
        sync->synced = true;
    } else if (!sync->synced) {
        sync->synced = catchup_run(room, s);
    }
    if (sync->synced && room->waiting != NULL) {
        join_admit(room, s, cohort);
    }
    cohort_unref(cohort);
    snapshot_destroy(s);
    sync_pump(room);
}

void
sync_on_mark(struct snapshot *s)
{
    s->marked = true;
    s->mark_offset = framelog_end(&s->room->log);
    s->seen_before = s->room->sync.seen.count;
    if (s->answered) {
        use_snapshot(s);
    }
}

/* The list cannot be read, because its key holds something else: nobody can be let in. */
static void
on_unreadable(struct room *room, const struct reply *reply)
{
    struct session *s, *next;

    log_warn("list-unreadable group=%s answer=%s", log_quote(room_group(room)).text,
             log_quote(reply_complaint(reply)).text);
    DL_FOREACH_SAFE (room->waiting, s, next) {
        session_close(s, WS_INTERNAL_ERROR, "the group's list cannot be read");
    }
    if (!room->sync.synced) { /* what is published can still be passed on */
        struct holdback_message *h;

        room->sync.synced = true;
        DL_FOREACH (room->sync.held.head, h) {
            struct str payload = str_make(h->bytes, h->length);

            deliver_raw(room, NULL, payload, hash_bytes(payload));
        }
        holdback_clear(&room->sync.held);
    }
}

static bool
is_wrong_type(const struct reply *reply)
{
    struct str text = reply_text(reply);

    return reply_type(reply) == REPLY_ERROR &&
           memmem(text.p, text.len, "WRONGTYPE", strlen("WRONGTYPE")) != NULL;
}

void
sync_on_snapshot(void *snapshot, const struct reply *reply)
{
    struct snapshot *s = snapshot;
    struct room *room = s->room;

    s->answered = true;
    if (room == NULL) {
        snapshot_destroy(s);
    } else if (is_wrong_type(reply)) {
        abandon(room);
        on_unreadable(room, reply);
    } else if (!snapshot_read(s, reply)) {
        abandon(room); /* lost, or Redis is in trouble: asked again before long */
    } else if (s->marked) {
        use_snapshot(s);
    }
}

/* ---- asking ---- */

bool
sync_widen(struct sync *sync, const struct snapshot *s, int64_t most)
{
    int64_t wider = s->window > 0 ? s->window * WINDOW_GROWTH : WINDOW_GROWTH;

    if (snapshot_is_whole(s) || s->window >= most) {
        return false;
    }
    sync->window = wider < most ? wider : most;
    return true;
}

void
sync_pump(struct room *room)
{
    struct sync *sync = &room->sync;
    bool behind = !sync->synced && room->members != NULL;
    int64_t window = hub_config(room->hub)->message.list_num;
    struct snapshot *s;

    if (sync->snapshot != NULL || !sync->subscribed || (room->waiting == NULL && !behind)) {
        return;
    }
    if (behind && window < catchup_window(sync)) {
        window = catchup_window(sync);
    }
    s = snapshot_create(room, sync->window > window ? sync->window : window);
    if (!hub_request(room->hub, s, room_group(room), s->window)) {
        snapshot_destroy(s);
        return;
    }
    sync->snapshot = s;
    holdback_rewind(&sync->held);
}

void
sync_on_subscribed(struct room *room)
{
    room->sync.subscribed = true;
    sync_pump(room);
}

void
sync_on_unsubscribed(struct room *room)
{
    room->sync.subscribed = false;
    room->sync.synced = false;
    abandon(room);
    holdback_clear(&room->sync.held); /* the list has it */
}

void
sync_on_commands(struct room *room)
{
    if (room->sync.snapshot != NULL && room->sync.snapshot->answered) {
        abandon(room);
    }
    sync_pump(room);
}

uint64_t
sync_needs(const struct sync *sync, uint64_t offset)
{
    if (sync->snapshot != NULL && sync->snapshot->marked && sync->snapshot->mark_offset < offset) {
        return sync->snapshot->mark_offset;
    }
    return offset;
}

void
sync_fini(struct sync *sync)
{
    holdback_clear(&sync->held);
    pending_dups_clear(&sync->late);
    dedup_fini(&sync->seen);
}
