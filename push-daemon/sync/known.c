/* known.c - the newest messages that the members of a room are known to have. */
#include "push-daemon/sync/known.h"

#include "push-daemon/sync/snapshot.h"

enum {
    DAY_MS = 86400000
};

static void
known_clear_late(struct known *k)
{
    pending_dups_clear(&k->late);
    pending_dups_clear(&k->late_before);
}

void
known_fini(struct known *k)
{
    dedup_fini(&k->seen);
    known_clear_late(k);
}

void
known_add(struct known *k, uint64_t hash, int64_t ts, int64_t redis_ms)
{
    dedup_add(&k->seen, hash);
    if (ts > k->newest_ts && ts < redis_ms + DAY_MS) {
        k->newest_ts = ts;
    }
}

void
known_set_list(struct known *k, const struct snapshot *s, int64_t now_ms)
{
    dedup_fini(&k->seen); /* the members who had these are gone */
    known_clear_late(k);
    k->is_astray = false;
    k->whole = snapshot_is_whole(s);
    k->listed = s->entry_count;
    k->listed_until_ms = now_ms + PUBLISH_LATE_MS;
    for (size_t i = 0; i < s->entry_count; i++) {
        dedup_add(&k->seen, s->entries[i].hash);
    }
}

void
known_begin_late(struct known *k, int64_t now_ms)
{
    if (now_ms >= k->late_until_ms) { /* else those of the last catch-up may still come */
        known_clear_late(k);
        k->late_since_ms = now_ms;
    } else if (now_ms >=
               k->late_since_ms + PUBLISH_LATE_MS) { /* a list that is read again and again */
        pending_dups_clear(&k->late_before);
        k->late_before = k->late;
        k->late = (struct pending_dups){0};
        k->late_since_ms = now_ms;
    }
    k->late_until_ms = now_ms + PUBLISH_LATE_MS;
}

void
known_add_late(struct known *k, uint64_t hash)
{
    pending_dups_add(&k->late, hash);
}

bool
known_take_late(struct known *k, uint64_t hash, int64_t now_ms)
{
    if (k->late.count == 0 && k->late_before.count == 0) {
        return false;
    }
    if (now_ms >= k->late_until_ms) {
        known_clear_late(k);
        return false;
    }
    return pending_dups_take(&k->late, hash) || pending_dups_take(&k->late_before, hash);
}

bool
known_was_published(const struct known *k, const struct snapshot *s, uint64_t hash, int64_t now_ms)
{
    size_t listed = now_ms < k->listed_until_ms ? k->listed : 0;

    return dedup_between(&k->seen, hash, listed, s->seen_before);
}

bool
known_is_complete(const struct known *k)
{
    return k->whole && k->seen.count <= DEDUP_MAX;
}
