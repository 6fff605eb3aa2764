/* join.c - those who wait in a room get their first frame, and become members. */
#include "push-daemon/room/join.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/room/cohort.h"
#include "push-daemon/room/hub.h"
#include "push-daemon/room/room.h"
#include "push-daemon/client/session.h"
#include "push-daemon/room/snapshot.h"

enum {
    WINDOW_MAX = 10000 /* where so much of a list is no message, less is shown */
};

/* Has its PUBLISH been heard before the mark, as far as we know? */
static bool
was_published(const struct sync *sync, const struct snapshot *s, uint64_t hash, int64_t now_ms)
{
    size_t listed = now_ms < sync->listed_until_ms ? sync->listed : 0;

    return dedup_between(&sync->seen, hash, listed, s->seen_before);
}

/* What is in the list and was not published before the mark is owed; it may have come since, and lies behind the mark in the
 * log then. */
struct cohort *
join_cohort(const struct room *room, const struct snapshot *s)
{
    const struct sync *sync = &room->sync;
    int64_t now_ms = hub_now_ms(room->hub);
    struct cohort *cohort = cohort_create(now_ms + COHORT_MS);
    bool fresh = !sync->synced && room->members == NULL;
    size_t count = s->entry_count;

    for (size_t i = count > PUBLISH_PENDING_MAX ? count - PUBLISH_PENDING_MAX : 0; i < count; i++) {
        if (fresh || !was_published(sync, s, s->entries[i].hash, now_ms)) {
            pending_dups_add(&cohort->expected, s->entries[i].hash);
        }
    }
    return cohort;
}

static void
admit(struct room *room, const struct snapshot *s, struct session *session, struct cohort *cohort,
      struct blob *frame, const bool *not_for_it)
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
admit_all(struct room *room, const struct snapshot *s, struct cohort *cohort, struct str frame)
{
    bool *not_for_it = mem_zalloc(s->passed_count * sizeof(*not_for_it));
    struct blob *blob = blob_text_frame(frame);

    for (size_t i = 0; i < s->passed_count; i++) {
        not_for_it[i] = pending_dups_take(&cohort->expected, s->passed[i].hash);
    }
    while (room->waiting != NULL) {
        admit(room, s, room->waiting, cohort, blob, not_for_it);
    }
    blob_unref(blob);
    free(not_for_it);
    if (cohort->expected.count > 0) {
        room_add_cohort(room, cohort_ref(cohort));
    }
}

void
join_admit(struct room *room, struct snapshot *s, struct cohort *cohort)
{
    size_t wanted = (size_t)hub_config(room->hub)->message.list_num;
    struct text frame;
    bool enough;

    text_init(&frame);
    enough = snapshot_first_frame(s, wanted, &frame) == wanted ||
             !sync_widen(&room->sync, s, WINDOW_MAX);
    if (enough && s->mark_offset >= framelog_base(&room->log)) {
        admit_all(room, s, cohort, text_str(&frame));
    }
    text_fini(&frame);
}
