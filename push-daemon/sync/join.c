/* join.c - the clients that wait in a room get their first frame, and become members. */
#include "push-daemon/sync/join.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/env.h"
#include "push-daemon/room/cohort.h"
#include "push-daemon/sync/deliver.h"
#include "push-daemon/room/room.h"

/* The PUBLISH of a message in the frame is still to come if it was not heard before the mark.
 * If it has come since, the message lies behind the mark in the log. Only messages of the
 * frame are awaited: those before it are new to these clients when their PUBLISH comes. */
static struct cohort *
join_cohort(const struct deliver *d, const struct snapshot *s, size_t first, bool fresh)
{
    int64_t now_ms = env_now_ms(d->env);
    struct cohort *cohort = cohort_create(now_ms + PUBLISH_LATE_MS);
    size_t count = s->entry_count;

    if (count - first > PUBLISH_LATE_MAX) {
        first = count - PUBLISH_LATE_MAX;
    }
    for (size_t i = first; i < count; i++) {
        if (fresh || !known_was_published(&d->known, s, s->entries[i].hash, now_ms)) {
            pending_dups_add(&cohort->pending, s->entries[i].hash);
        }
    }
    return cohort;
}

void
join_prepare(struct join *join, const struct deliver *d, const struct snapshot *s, bool fresh)
{
    size_t wanted = (size_t)d->env->config->message.list_num, first;

    join->shown = snapshot_first_frame(s, (enum config_encoding)d->env->config->redis.encoding,
                                       d->room->group, wanted, d->garbage, &join->frame, &first);
    join->cohort = join_cohort(d, s, first, fresh);
}

void
join_fini(struct join *join)
{
    text_fini(&join->frame);
    cohort_unref(join->cohort);
}

static void
join_admit_one(struct room *room, const struct snapshot *s, struct session *session,
               struct cohort *cohort, struct blob *frame, const bool *skipped)
{
    room_admit(room, session, s->mark_offset, cohort);
    for (size_t i = 0; i < s->passed_count; i++) {
        if (skipped[i]) {
            reader_skip(&session->reader, s->passed[i].from, s->passed[i].to);
        }
    }
    session_send(session, frame);
}

static void
join_admit_all(struct room *room, const struct snapshot *s, struct cohort *cohort, struct str frame)
{
    bool *skipped = mem_zalloc(s->passed_count * sizeof(*skipped));
    struct blob *blob = blob_text_frame(frame);

    for (size_t i = 0; i < s->passed_count; i++) {
        skipped[i] = pending_dups_take(&cohort->pending, s->passed[i].hash);
    }
    while (room->waiting != NULL) {
        join_admit_one(room, s, room->waiting, cohort, blob, skipped);
    }
    blob_unref(blob);
    free(skipped);
    if (cohort->pending.count > 0) {
        room_add_cohort(room, cohort_ref(cohort));
    }
}

enum snapshot_use
join_admit(struct join *join, struct deliver *d, struct snapshot *s)
{
    size_t wanted = (size_t)d->env->config->message.list_num;

    if (join->shown < wanted && snapshot_can_widen(s, JOIN_WINDOW_MAX)) {
        return SNAPSHOT_WIDEN;
    }
    if (s->mark_offset >= framelog_base(&d->room->log)) {
        join_admit_all(d->room, s, join->cohort, text_str(&join->frame));
    }
    return SNAPSHOT_DONE;
}
