/* sync.c - how a room's log is kept in step with the group's list in Redis. */
#include "push-daemon/sync.h"

#include <inttypes.h>
#include <stdlib.h>
#include <utlist.h>

#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/message.h"
#include "push-daemon/cohort.h"
#include "push-daemon/hub.h"
#include "push-daemon/rconn.h"
#include "push-daemon/room.h"
#include "push-daemon/session.h"
#include "push-daemon/snapshot.h"

enum {
    CATCH_UP_WINDOW = 64, /* entries read at first to find what was missed */
    WINDOW_GROWTH = 8,
    WINDOW_MAX_JOIN = 10000,      /* where so much of a list is no message, less is shown */
    WINDOW_MAX_CATCH_UP = 100000, /* who missed more is closed: it cannot be brought up to date */
    FLUSH_EVERY = 256,            /* messages caught up with */
    PUBLISH_PENDING_MAX = 100     /* a PUBLISH can be owed for so many of the newest entries */
};

/* A message that came while the members were waiting to catch up. */
struct held {
    struct held *prev;
    struct held *next;
    bool after_mark;
    size_t length;
    char bytes[];
};

/* ---- the log ---- */

/* Puts a message into the log; snapshot, if not NULL, is to know of it. */
static void
deliver(struct room *room, struct snapshot *snapshot, struct str message, uint64_t hash, int64_t ts)
{
    const struct config *config = hub_config(room->hub);
    struct sync *sync = &room->sync;
    uint64_t from = framelog_end(&room->log);

    room_append(room, message, hash, hub_now_ms(room->hub), (size_t)config->push.room_log_bytes);
    if (sync->seen == NULL) {
        sync->seen = mem_zalloc(sizeof(*sync->seen));
    }
    seen_add(sync->seen, hash);
    sync->newest_ts = ts > sync->newest_ts ? ts : sync->newest_ts;
    if (snapshot != NULL) {
        snapshot_note(snapshot, hash, from, framelog_end(&room->log));
    }
    hub_touch(room);
}

/* The same for bytes as another writer may have put them. False: they are no message. */
static bool
deliver_raw(struct room *room, struct snapshot *snapshot, struct str raw, uint64_t hash)
{
    struct text message;
    int64_t ts;
    bool ok;

    text_init(&message);
    ok = message_recode(&message, room_group(room), raw, &ts);
    if (ok) {
        deliver(room, snapshot, text_str(&message), hash, ts);
    } else if (hub_is_new_garbage(room->hub, hash)) {
        log_warn("no-message group=%s bytes=%zu", log_quote(room_group(room)).text, raw.len);
    }
    text_fini(&message);
    return ok;
}

/* ---- what is held back ---- */

static void
drop_held(struct sync *sync)
{
    struct held *h, *next;

    DL_FOREACH_SAFE (sync->held, h, next) {
        DL_DELETE(sync->held, h);
        free(h);
    }
    sync->held_bytes = 0;
}

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

static void
hold(struct room *room, struct str payload)
{
    struct sync *sync = &room->sync;
    struct held *h;

    if (sync->held_bytes + payload.len > (size_t)hub_config(room->hub)->push.room_log_bytes) {
        /* All of it is in the list: a snapshot made from here on has it. */
        drop_held(sync);
        abandon(room);
        sync_pump(room);
        return;
    }
    h = mem_alloc(sizeof(*h) + payload.len);
    h->after_mark = sync->snapshot != NULL && sync->snapshot->marked;
    h->length = payload.len;
    memcpy(h->bytes, payload.p, payload.len);
    DL_APPEND(sync->held, h);
    sync->held_bytes += payload.len;
}

/* ---- messages ---- */

static bool
comes_late(struct sync *sync, uint64_t hash, int64_t now_ms)
{
    if (sync->late.count == 0) {
        return false;
    }
    if (now_ms >= sync->late_until_ms) {
        expected_clear(&sync->late);
        return false;
    }
    return expected_take(&sync->late, hash);
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
    } else if (!comes_late(sync, hash, hub_now_ms(room->hub))) {
        (void)deliver_raw(room, marked, payload, hash);
    }
}

/* ---- catching up ---- */

/* Asks for more of the list; false if it has all of it, or as much as there may be. */
static bool
widen(struct sync *sync, const struct snapshot *s, int64_t most)
{
    int64_t wider = s->window > 0 ? s->window * WINDOW_GROWTH : WINDOW_GROWTH;

    if (snapshot_is_whole(s) || s->window >= most) {
        return false;
    }
    sync->window = wider < most ? wider : most;
    return true;
}

/* The place in the entries behind which all was missed that was not seen. */
static size_t
find_place(const struct sync *sync, const struct snapshot *s)
{
    for (size_t i = 0; i < s->entry_count; i++) {
        if (seen_has(sync->seen, s->entries[i].hash)) {
            return i;
        }
    }
    return s->entry_count;
}

static void
deliver_missed(struct room *room, const struct snapshot *s, size_t place, bool newer_only)
{
    struct sync *sync = &room->sync;
    int64_t newest_ts = sync->newest_ts, ts;
    struct text message;
    size_t missed = 0;

    text_init(&message);
    expected_clear(&sync->late);
    for (size_t i = place; i < s->entry_count; i++) {
        text_clear(&message);
        if (seen_has(sync->seen, s->entries[i].hash) ||
            !message_recode(&message, room_group(room), s->entries[i].raw, &ts) ||
            (newer_only && ts <= newest_ts)) {
            continue;
        }
        deliver(room, NULL, text_str(&message), s->entries[i].hash, ts);
        if (s->entry_count - i <= PUBLISH_PENDING_MAX) {
            expected_add(&sync->late, s->entries[i].hash);
        }
        if (++missed % FLUSH_EVERY == 0) {
            room_flush(room); /* more than the log holds may be to come */
        }
    }
    sync->late_until_ms = hub_now_ms(room->hub) + COHORT_MS;
    text_fini(&message);
    log_info("caught-up group=%s missed=%zu held=%zu", log_quote(room_group(room)).text, missed,
             sync->held_bytes);
}

static int
compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* To be freed. */
static uint64_t *
sorted_hashes(const struct snapshot *s)
{
    uint64_t *sorted = mem_alloc(s->entry_count * sizeof(*sorted));

    for (size_t i = 0; i < s->entry_count; i++) {
        sorted[i] = s->entries[i].hash;
    }
    qsort(sorted, s->entry_count, sizeof(*sorted), compare_hashes);
    return sorted;
}

/* What was held from before the mark only where the list did not have it; sorted: the list's hashes. */
static void
deliver_held(struct room *room, struct snapshot *s, bool after_mark, const uint64_t *sorted,
             size_t count)
{
    struct sync *sync = &room->sync;
    struct held *h, *next;

    DL_FOREACH_SAFE (sync->held, h, next) {
        struct str payload = str_make(h->bytes, h->length);
        uint64_t hash = hash_bytes(payload);

        if (h->after_mark != after_mark) {
            continue;
        }
        if (after_mark ? !comes_late(sync, hash, hub_now_ms(room->hub))
                       : bsearch(&hash, sorted, count, sizeof(hash), compare_hashes) == NULL) {
            (void)deliver_raw(room, after_mark ? s : NULL, payload, hash);
        }
    }
}

static void
close_members(struct room *room, const char *reason)
{
    struct session *s, *next;

    DL_FOREACH_SAFE (room->members, s, next) {
        session_close(s, WS_TRY_AGAIN_LATER, reason);
    }
}

/* Nothing that the members have is in the list: it expired, was trimmed, or Redis lost its data. */
static void
say_list_changed(const struct room *room, const struct snapshot *s)
{
    if (room->sync.seen->count > 0) {
        log_warn("list-changed group=%s total=%" PRId64 " reason=\"%s\"",
                 log_quote(room_group(room)).text, s->total,
                 s->total == 0 ? "the list is empty now"
                               : "nothing seen before is in the list any more");
    }
}

/* Gives the members what they missed. False: the snapshot does not reach back to what they have. */
static bool
catch_up(struct room *room, struct snapshot *s)
{
    struct sync *sync = &room->sync;
    uint64_t *sorted;
    size_t place;
    bool lost_place;

    if (sync->seen == NULL) {
        sync->seen = mem_zalloc(sizeof(*sync->seen));
    }
    place = find_place(sync, s);
    lost_place = place == s->entry_count;
    if (lost_place && widen(sync, s, WINDOW_MAX_CATCH_UP)) {
        return false;
    }
    if (lost_place && !snapshot_is_whole(s)) {
        close_members(room, "missed more than can be caught up with");
        place = s->entry_count;
    } else if (lost_place) {
        say_list_changed(room, s);
        place = 0;
    }
    sorted = sorted_hashes(s);
    deliver_missed(room, s, place, lost_place && sync->seen->count > 0);
    deliver_held(room, s, false, sorted, s->entry_count);
    s->mark_offset = framelog_end(&room->log);
    deliver_held(room, s, true, sorted, s->entry_count);
    drop_held(sync);
    free(sorted);
    return true;
}

/* ---- joining ---- */

/* What of the snapshot was not heard of yet by PUBLISH. */
static struct cohort *
make_cohort(const struct room *room, const struct snapshot *s)
{
    const struct sync *sync = &room->sync;
    struct cohort *cohort = cohort_create(hub_now_ms(room->hub) + COHORT_MS);
    bool fresh = !sync->synced && room->members == NULL;
    size_t count = s->entry_count;

    for (size_t i = count > PUBLISH_PENDING_MAX ? count - PUBLISH_PENDING_MAX : 0; i < count; i++) {
        if (fresh || sync->seen == NULL || !seen_has(sync->seen, s->entries[i].hash)) {
            expected_add(&cohort->expected, s->entries[i].hash);
        }
    }
    return cohort;
}

static void
admit_one(struct room *room, const struct snapshot *s, struct session *session,
          struct cohort *cohort, struct blob *frame, const bool *not_for_it)
{
    room_admit(room, session, s->mark_offset, cohort);
    for (size_t i = 0; i < s->passed_count; i++) {
        if (not_for_it[i]) {
            session_add_hole(session, s->passed[i].from, s->passed[i].to);
        }
    }
    session_send(session, frame);
}

static void
admit_waiting(struct room *room, const struct snapshot *s, struct cohort *cohort, struct str frame)
{
    bool *not_for_it = mem_zalloc(s->passed_count * sizeof(*not_for_it));
    struct blob *blob = blob_text_frame(frame);

    for (size_t i = 0; i < s->passed_count; i++) {
        not_for_it[i] = expected_take(&cohort->expected, s->passed[i].hash);
    }
    while (room->waiting != NULL) {
        admit_one(room, s, room->waiting, cohort, blob, not_for_it);
    }
    blob_unref(blob);
    free(not_for_it);
}

/* Gives all who wait the first frame. Takes cohort. False: the snapshot is too short for that. */
static bool
let_in(struct room *room, struct snapshot *s, struct cohort *cohort)
{
    size_t wanted = (size_t)hub_config(room->hub)->message.list_num;
    struct text frame;
    bool enough;

    text_init(&frame);
    enough = snapshot_first_frame(s, room_group(room), wanted, &frame) == wanted ||
             !widen(&room->sync, s, WINDOW_MAX_JOIN);
    if (s->mark_offset < framelog_base(&room->log)) {
        enough = false; /* what came since the mark is not all there any more */
    }
    if (enough) {
        admit_waiting(room, s, cohort, text_str(&frame));
    }
    if (enough && cohort->expected.count > 0) {
        room_add_cohort(room, cohort);
    } else {
        cohort_unref(cohort);
    }
    text_fini(&frame);
    return enough;
}

static void
remember_list(struct sync *sync, const struct snapshot *s)
{
    if (sync->seen == NULL) {
        sync->seen = mem_zalloc(sizeof(*sync->seen));
    }
    for (size_t i = 0; i < s->entry_count; i++) {
        seen_add(sync->seen, s->entries[i].hash);
    }
}

/* Mark and snapshot are both there. */
static void
use_snapshot(struct snapshot *s)
{
    struct room *room = s->room;
    struct sync *sync = &room->sync;
    struct cohort *cohort = make_cohort(room, s);

    sync->snapshot = NULL;
    sync->window = 0;
    hub_forget(room->hub, s);
    if (!sync->synced && room->members == NULL) {
        remember_list(sync, s);
        sync->synced = true;
    } else if (!sync->synced) {
        sync->synced = catch_up(room, s);
    }
    if (sync->synced && room->waiting != NULL) {
        (void)let_in(room, s, cohort);
    } else {
        cohort_unref(cohort);
    }
    snapshot_destroy(s);
    sync_pump(room);
}

void
sync_on_mark(struct snapshot *s)
{
    s->marked = true;
    s->mark_offset = framelog_end(&s->room->log);
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
             log_quote(reply_text(reply)).text);
    DL_FOREACH_SAFE (room->waiting, s, next) {
        session_close(s, WS_INTERNAL_ERROR, "the group's list cannot be read");
    }
    if (!room->sync.synced) { /* what is published can still be passed on */
        room->sync.synced = true;
        deliver_held(room, NULL, false, NULL, 0);
        deliver_held(room, NULL, true, NULL, 0);
        drop_held(&room->sync);
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

void
sync_pump(struct room *room)
{
    struct sync *sync = &room->sync;
    bool behind = !sync->synced && room->members != NULL;
    int64_t window = hub_config(room->hub)->message.list_num;
    struct snapshot *s;
    struct held *h;

    if (sync->snapshot != NULL || !sync->subscribed || (room->waiting == NULL && !behind)) {
        return;
    }
    if (behind && window < CATCH_UP_WINDOW) {
        window = CATCH_UP_WINDOW;
    }
    s = snapshot_create(room, sync->window > window ? sync->window : window);
    if (!hub_request(room->hub, s, room_group(room), s->window)) {
        snapshot_destroy(s);
        return;
    }
    sync->snapshot = s;
    DL_FOREACH (sync->held, h) {
        h->after_mark = false;
    }
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
    drop_held(&room->sync); /* the list has it */
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
    drop_held(sync);
    expected_clear(&sync->late);
    free(sync->seen);
    sync->seen = NULL;
}
