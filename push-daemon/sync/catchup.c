/* catchup.c - the members of a room get what they missed while the subscription was down. */
#include "push-daemon/sync/catchup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <utlist.h>

#include "lib/encoding/codec.h"
#include "lib/garbage.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/env.h"
#include "push-daemon/sync/deliver.h"
#include "push-daemon/room/holdback.h"
#include "push-daemon/room/room.h"

enum {
    WINDOW_MORE = 64, /* entries to ask for at first, besides those that are known */
    ANCHORS = 16      /* messages that tell the members' position in the list */
};

int64_t
catchup_window(const struct known *known)
{
    return (int64_t)dedup_held(&known->seen) + WINDOW_MORE;
}

/* ---- the position in the list ---- */

/* Where a message stands in the snapshot. */
struct list_pos {
    uint64_t hash;
    size_t index;
};

/* All entries of a snapshot, by hash. */
struct catchup_index {
    struct list_pos *sorted;
    size_t count;
};

static int
catchup_compare(const void *a, const void *b)
{
    const struct list_pos *x = a, *y = b;

    return x->hash != y->hash ? (x->hash > y->hash) - (x->hash < y->hash)
                              : (x->index > y->index) - (x->index < y->index);
}

static int
catchup_compare_hash(const void *hash, const void *pos)
{
    uint64_t x = *(const uint64_t *)hash, y = ((const struct list_pos *)pos)->hash;

    return (x > y) - (x < y);
}

static struct catchup_index
catchup_make_index(const struct snapshot *s)
{
    struct list_pos *sorted = mem_alloc(s->entry_count * sizeof(*sorted));

    for (size_t i = 0; i < s->entry_count; i++) {
        sorted[i] = (struct list_pos){s->entries[i].hash, i};
    }
    if (s->entry_count > 0) {
        qsort(sorted, s->entry_count, sizeof(*sorted), catchup_compare);
    }
    return (struct catchup_index){sorted, s->entry_count};
}

static const struct list_pos *
catchup_look_up(const struct catchup_index *index, uint64_t hash)
{
    return index->count > 0 ? bsearch(&hash, index->sorted, index->count, sizeof(*index->sorted),
                                      catchup_compare_hash)
                            : NULL;
}

/* Returns the first entry that the members may have missed; entry_count if the snapshot does not
 * tell. Of the entries from there on, they missed those that `seen` does not hold.
 *
 * The anchors tell: the oldest messages in `seen` that the list holds. An entry behind an anchor
 * came after it, so `seen` would hold it if it had been heard. That is not true for a foreign
 * message: its PUBLISH may have come long after its RPUSH. So the last of several anchors counts.
 *
 * *exact: a wider snapshot would tell no more. */
static size_t
catchup_find_start(const struct known *known, const struct snapshot *s,
                   const struct catchup_index *index, bool *exact)
{
    size_t anchors = 0, last = 0;

    *exact = snapshot_is_whole(s);
    if (known_is_complete(known)) {
        return *exact ? 0 : s->entry_count;
    }
    for (size_t i = 0; i < dedup_held(&known->seen) && anchors < ANCHORS; i++) {
        const struct list_pos *pos = catchup_look_up(index, dedup_at(&known->seen, i));

        if (pos != NULL) {
            last = pos->index > last ? pos->index : last;
            anchors++;
            *exact = *exact || i < ANCHORS;
        }
    }
    return anchors > 0 ? last : s->entry_count;
}

/* ---- what was missed ---- */

/* Returns whether there was a message to deliver. */
static bool
catchup_deliver_entry(struct deliver *d, const struct snapshot *s, size_t i, int64_t newer_than)
{
    const struct snapshot_entry *entry = &s->entries[i];
    struct text message;
    int64_t ts;
    bool ok = false;

    if (dedup_has(&d->known.seen, entry->hash)) {
        return false;
    }
    text_init(&message);
    if (!codec_recode((enum config_encoding)d->env->config->redis.encoding, &message,
                      d->room->group, entry->raw, &ts)) {
        garbage_note(d->garbage, d->room->group, entry->raw, entry->hash);
    } else if (ts > newer_than) {
        deliver_message(d, NULL, text_str(&message), entry->hash, ts);
        if (s->entry_count - i <= PUBLISH_LATE_MAX) {
            known_add_late(&d->known, entry->hash);
        }
        ok = true;
    }
    text_fini(&message);
    return ok;
}

static void
catchup_deliver_missed(struct deliver *d, const struct snapshot *s, size_t start,
                       int64_t newer_than, size_t held_bytes)
{
    size_t missed = 0;

    known_begin_late(&d->known, env_now_ms(d->env));
    for (size_t i = start; i < s->entry_count; i++) {
        missed += catchup_deliver_entry(d, s, i, newer_than);
    }
    if (!s->is_poll) { /* else there are many of them */
        log_info("caught-up group=%s missed=%zu held-bytes=%zu", log_quote(d->room->group).text,
                 missed, held_bytes);
    }
}

/* ---- what was held back ---- */

/* A message from before the mark is in the list, unless it was recalled, or only published. */
static void
catchup_deliver_before_mark(struct deliver *d, const struct holdback *held,
                            const struct catchup_index *index)
{
    struct held_message *h;

    DL_FOREACH (held->head, h) {
        struct str payload = str_make(h->bytes, h->length);
        uint64_t hash = hash_bytes(payload);

        if (!h->after_mark && catchup_look_up(index, hash) == NULL) {
            deliver_raw(d, NULL, payload, hash);
        }
    }
}

static void
catchup_deliver_after_mark(struct deliver *d, const struct holdback *held, struct snapshot *s)
{
    struct held_message *h;

    DL_FOREACH (held->head, h) {
        struct str payload = str_make(h->bytes, h->length);
        uint64_t hash = hash_bytes(payload);

        if (h->after_mark && !known_take_late(&d->known, hash, env_now_ms(d->env))) {
            deliver_raw(d, s, payload, hash);
        }
    }
}

/* ---- all of it ---- */

/* The members have nothing of this list: theirs expired, was trimmed, or Redis lost its data. */
static void
catchup_log_changed(struct deliver *d, const struct snapshot *s)
{
    if (d->known.seen.count > 0 && !(s->is_poll && d->known.is_astray)) {
        d->known.is_astray = true;
        log_warn("list-changed group=%s total=%" PRId64 " reason=\"%s\"",
                 log_quote(d->room->group).text, s->total,
                 s->total == 0 ? "the list is empty now"
                               : "nothing seen before is in the list any more");
    }
}

static bool
catchup_knows_one(const struct known *known, const struct snapshot *s)
{
    for (size_t i = 0; i < s->entry_count; i++) {
        if (dedup_has(&known->seen, s->entries[i].hash)) {
            return true;
        }
    }
    return false;
}

/* Returns the entry to begin with. Only messages with a ts above *newer_than were missed.
 * Members that missed more than the snapshot holds are closed. */
static size_t
catchup_settle_start(struct deliver *d, const struct snapshot *s, size_t start, int64_t *newer_than)
{
    *newer_than = -1;
    if (start == s->entry_count && snapshot_is_whole(s)) {
        catchup_log_changed(d, s);
        *newer_than = d->known.seen.count > 0 ? d->known.newest_ts : -1;
        return 0;
    }
    if (start == s->entry_count) {
        room_close_members(d->room, CLOSE_MISSED_TOO_MUCH);
    } else if (start == 0 && snapshot_is_whole(s) && !catchup_knows_one(&d->known, s)) {
        catchup_log_changed(d, s);
    } else {
        d->known.is_astray = false;
    }
    return start;
}

void
catchup_begin(struct deliver *d, struct snapshot *s, struct holdback *held)
{
    known_set_list(&d->known, s, env_now_ms(d->env));
    catchup_deliver_after_mark(d, held, s);
    holdback_clear(held);
}

enum snapshot_use
catchup_run(struct deliver *d, struct snapshot *s, struct holdback *held)
{
    struct catchup_index index = catchup_make_index(s);
    int64_t newer_than;
    size_t start;
    bool exact;

    start = catchup_find_start(&d->known, s, &index, &exact);
    if (!exact && snapshot_can_widen(s, CATCHUP_WINDOW_MAX)) {
        free(index.sorted);
        return SNAPSHOT_WIDEN;
    }
    start = catchup_settle_start(d, s, start, &newer_than);
    catchup_deliver_missed(d, s, start, newer_than, held->bytes);
    catchup_deliver_before_mark(d, held, &index);
    s->mark_offset = framelog_end(&d->room->log);
    catchup_deliver_after_mark(d, held, s);
    holdback_clear(held);
    free(index.sorted);
    return SNAPSHOT_DONE;
}
