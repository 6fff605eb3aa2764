/* catchup.c - the members of a room get what they missed while the subscription was down. */
#include "push-daemon/room/catchup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <utlist.h>

#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/message.h"
#include "push-daemon/room/cohort.h"
#include "push-daemon/room/deliver.h"
#include "push-daemon/room/holdback.h"
#include "push-daemon/room/hub.h"
#include "push-daemon/room/room.h"
#include "push-daemon/client/session.h"
#include "push-daemon/room/snapshot.h"

enum {
    WINDOW_MAX = 100000, /* who missed more is closed: it cannot be brought up to date */
    WINDOW_MORE = 64,    /* entries, beyond those that are known, to read at first */
    ANCHORS = 16         /* messages that tell our place in the list */
};

bool
catchup_had(struct room *room, uint64_t hash)
{
    struct sync *sync = &room->sync;

    if (sync->late.count == 0) {
        return false;
    }
    if (hub_now_ms(room->hub) >= sync->late_until_ms) {
        pending_dups_clear(&sync->late);
        return false;
    }
    return pending_dups_take(&sync->late, hash);
}

int64_t
catchup_window(const struct sync *sync)
{
    return (int64_t)dedup_held(&sync->seen) + WINDOW_MORE;
}

/* ---- where we are in the list ---- */

struct place {
    uint64_t hash;
    size_t index;
};

static int
compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return x->hash != y->hash ? (x->hash > y->hash) - (x->hash < y->hash)
                              : (x->index > y->index) - (x->index < y->index);
}

static int
compare_hash(const void *hash, const void *place)
{
    uint64_t x = *(const uint64_t *)hash, y = ((const struct place *)place)->hash;

    return (x > y) - (x < y);
}

/* The entries by hash; to be freed. */
static struct place *
sorted_places(const struct snapshot *s)
{
    struct place *places = mem_alloc(s->entry_count * sizeof(*places));

    for (size_t i = 0; i < s->entry_count; i++) {
        places[i] = (struct place){s->entries[i].hash, i};
    }
    if (s->entry_count > 0) {
        qsort(places, s->entry_count, sizeof(*places), compare_places);
    }
    return places;
}

static const struct place *
look_up(const struct place *places, size_t count, uint64_t hash)
{
    return count > 0 ? bsearch(&hash, places, count, sizeof(*places), compare_hash) : NULL;
}

/* The index from which on all entries that are not known as seen were missed; entry_count: unknown.
 *
 * The oldest messages that we remember, where they are in the list, tell it: what stands behind one of
 * ours came after it, so had we seen it we would remember it. That does not hold for a foreign one, whose
 * PUBLISH may have come much later than its place in the list says; so the last of several counts.
 * *exact: they are the oldest indeed, and a wider snapshot would tell no more. */
static size_t
find_place(const struct sync *sync, const struct snapshot *s, const struct place *places,
           bool *exact)
{
    size_t anchors = 0, last = 0;

    *exact = snapshot_is_whole(s);
    if (sync->seen_whole && sync->seen.count <= DEDUP_MAX) { /* we remember all there ever was */
        return *exact ? 0 : s->entry_count;
    }
    for (size_t i = 0; i < dedup_held(&sync->seen) && anchors < ANCHORS; i++) {
        const struct place *found = look_up(places, s->entry_count, dedup_at(&sync->seen, i));

        if (found != NULL) {
            last = found->index > last ? found->index : last;
            anchors++;
            *exact = *exact || i < ANCHORS;
        }
    }
    return anchors > 0 ? last : s->entry_count;
}

/* ---- what was missed ---- */

/* Returns whether there was a message to deliver. */
static bool
deliver_one_missed(struct room *room, const struct snapshot *s, size_t i, int64_t newer_than)
{
    const struct snapshot_entry *entry = &s->entries[i];
    struct sync *sync = &room->sync;
    struct text message;
    int64_t ts;
    bool ok = false;

    if (dedup_has(&sync->seen, entry->hash)) {
        return false;
    }
    text_init(&message);
    if (!message_recode(&message, room_group(room), entry->raw, &ts)) {
        hub_note_garbage(room->hub, room_group(room), entry->raw, entry->hash);
    } else if (ts > newer_than) {
        deliver_message(room, NULL, text_str(&message), entry->hash, ts);
        if (s->entry_count - i <= PUBLISH_PENDING_MAX) {
            pending_dups_add(&sync->late, entry->hash);
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

    pending_dups_clear(&sync->late);
    for (size_t i = place; i < s->entry_count; i++) {
        missed += deliver_one_missed(room, s, i, newer_than);
    }
    sync->late_until_ms = hub_now_ms(room->hub) + COHORT_MS;
    log_info("caught-up group=%s missed=%zu held-bytes=%zu", log_quote(room_group(room)).text,
             missed, sync->held.bytes);
}

/* ---- what was held ---- */

/* What came before the mark is in the list; but for what was recalled at once, or only published. */
static void
deliver_held_before_mark(struct room *room, const struct snapshot *s, const struct place *places)
{
    struct holdback_message *h;

    DL_FOREACH (room->sync.held.head, h) {
        struct str payload = str_make(h->bytes, h->length);
        uint64_t hash = hash_bytes(payload);

        if (!h->after_mark && look_up(places, s->entry_count, hash) == NULL) {
            deliver_raw(room, NULL, payload, hash);
        }
    }
}

static void
deliver_held_after_mark(struct room *room, struct snapshot *s)
{
    struct holdback_message *h;

    DL_FOREACH (room->sync.held.head, h) {
        struct str payload = str_make(h->bytes, h->length);
        uint64_t hash = hash_bytes(payload);

        if (h->after_mark && !catchup_had(room, hash)) {
            deliver_raw(room, s, payload, hash);
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
    if (room->sync.seen.count > 0) {
        log_warn("list-changed group=%s total=%" PRId64 " reason=\"%s\"",
                 log_quote(room_group(room)).text, s->total,
                 s->total == 0 ? "the list is empty now"
                               : "nothing seen before is in the list any more");
    }
}

/* Where to begin; what does not reach back is told to the members. */
static size_t
settle_place(struct room *room, const struct snapshot *s, size_t place, int64_t *newer_than)
{
    struct sync *sync = &room->sync;

    *newer_than = -1;
    if (s->total == 0 || (place == s->entry_count && snapshot_is_whole(s))) {
        say_list_changed(room, s);
        *newer_than = sync->seen.count > 0 ? sync->newest_ts : -1;
        return 0;
    }
    if (place < s->entry_count) {
        return place;
    }
    close_members(room, "missed more than can be caught up with");
    return place;
}

bool
catchup_run(struct room *room, struct snapshot *s)
{
    struct place *places = sorted_places(s);
    int64_t newer_than;
    size_t place;
    bool exact;

    place = find_place(&room->sync, s, places, &exact);
    if (!exact && sync_widen(&room->sync, s, WINDOW_MAX)) {
        free(places);
        return false;
    }
    place = settle_place(room, s, place, &newer_than);
    deliver_missed(room, s, place, newer_than);
    deliver_held_before_mark(room, s, places);
    s->mark_offset = framelog_end(&room->log);
    deliver_held_after_mark(room, s);
    holdback_clear(&room->sync.held);
    free(places);
    return true;
}
