/* catchup.c - the members of a room get what they missed while the subscription was down. */
#include "push-daemon/catchup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <utlist.h>

#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/message.h"
#include "push-daemon/cohort.h"
#include "push-daemon/delivery.h"
#include "push-daemon/held.h"
#include "push-daemon/hub.h"
#include "push-daemon/room.h"
#include "push-daemon/session.h"
#include "push-daemon/snapshot.h"

enum {
    WINDOW_MAX = 100000, /* who missed more is closed: it cannot be brought up to date */
    FLUSH_EVERY = 256    /* messages: more of them than the log holds may be to come */
};

bool
catchup_had(struct room *room, uint64_t hash)
{
    struct sync *sync = &room->sync;

    if (sync->late.count == 0) {
        return false;
    }
    if (hub_now_ms(room->hub) >= sync->late_until_ms) {
        expected_clear(&sync->late);
        return false;
    }
    return expected_take(&sync->late, hash);
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

/* Returns whether there was a message to deliver. */
static bool
deliver_one_missed(struct room *room, const struct snapshot *s, size_t i, int64_t newer_than)
{
    const struct snapshot_entry *entry = &s->entries[i];
    struct sync *sync = &room->sync;
    struct text message;
    int64_t ts;
    bool ok = false;

    if (seen_has(sync->seen, entry->hash)) {
        return false;
    }
    text_init(&message);
    if (!message_recode(&message, room_group(room), entry->raw, &ts)) {
        hub_note_garbage(room->hub, room_group(room), entry->raw, entry->hash);
    } else if (ts > newer_than) {
        delivery_add(room, NULL, text_str(&message), entry->hash, ts);
        if (s->entry_count - i <= PUBLISH_PENDING_MAX) {
            expected_add(&sync->late, entry->hash);
        }
        ok = true;
    }
    text_fini(&message);
    return ok;
}

static void
deliver_missed(struct room *room, const struct snapshot *s, size_t place, int64_t newer_than)
{
    struct sync *sync = &room->sync;
    size_t missed = 0;

    expected_clear(&sync->late);
    for (size_t i = place; i < s->entry_count; i++) {
        if (deliver_one_missed(room, s, i, newer_than) && ++missed % FLUSH_EVERY == 0) {
            room_flush(room);
        }
    }
    sync->late_until_ms = hub_now_ms(room->hub) + COHORT_MS;
    log_info("caught-up group=%s missed=%zu held-bytes=%zu", log_quote(room_group(room)).text,
             missed, sync->held.bytes);
}

/* ---- what was held ---- */

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
    if (s->entry_count > 0) {
        qsort(sorted, s->entry_count, sizeof(*sorted), compare_hashes);
    }
    return sorted;
}

/* What came before the mark is in the list; but for what was recalled at once, or only published. */
static void
deliver_held_before_mark(struct room *room, const struct snapshot *s)
{
    uint64_t *sorted = sorted_hashes(s);
    struct held *h;

    DL_FOREACH (room->sync.held.head, h) {
        struct str payload = str_make(h->bytes, h->length);
        uint64_t hash = hash_bytes(payload);

        if (!h->after_mark &&
            bsearch(&hash, sorted, s->entry_count, sizeof(hash), compare_hashes) == NULL) {
            delivery_add_raw(room, NULL, payload, hash);
        }
    }
    free(sorted);
}

static void
deliver_held_after_mark(struct room *room, struct snapshot *s)
{
    struct held *h;

    DL_FOREACH (room->sync.held.head, h) {
        struct str payload = str_make(h->bytes, h->length);
        uint64_t hash = hash_bytes(payload);

        if (h->after_mark && !catchup_had(room, hash)) {
            delivery_add_raw(room, s, payload, hash);
        }
    }
}

/* ---- all of it ---- */

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

bool
catchup_run(struct room *room, struct snapshot *s)
{
    struct sync *sync = &room->sync;
    int64_t newer_than = -1;
    size_t place;

    if (sync->seen == NULL) {
        sync->seen = mem_zalloc(sizeof(*sync->seen));
    }
    place = find_place(sync, s);
    if (place == s->entry_count) {
        if (sync_widen(sync, s, WINDOW_MAX)) {
            return false;
        }
        if (snapshot_is_whole(s)) {
            say_list_changed(room, s);
            newer_than = sync->seen->count > 0 ? sync->newest_ts : -1;
            place = 0;
        } else {
            close_members(room, "missed more than can be caught up with");
        }
    }
    deliver_missed(room, s, place, newer_than);
    deliver_held_before_mark(room, s);
    s->mark_offset = framelog_end(&room->log);
    deliver_held_after_mark(room, s);
    held_clear(&sync->held);
    return true;
}
