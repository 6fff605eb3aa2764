/* cohort.h - clients that got the same first frame, and what of it may still be published.
 *
 * A foreign writer's RPUSH and PUBLISH are two steps. If the first frame was read between
 * them, it holds the message, and the message comes again. For a few seconds it is recognised
 * by its bytes. These clients skip it; the others do not have it yet. */
#ifndef PUSH_ROOM_COHORT_H
#define PUSH_ROOM_COHORT_H

#include <stdint.h>

#include "push-daemon/room/dedup.h"

struct cohort {
    unsigned references;
    int64_t expires_ms; /* monotonic */
    struct pending_dups pending;
    struct cohort *next; /* in its room */
};

struct cohort *cohort_create(int64_t expires_ms); /* the caller holds one reference */
struct cohort *cohort_ref(struct cohort *c);
void cohort_unref(struct cohort *c); /* NULL is fine */

#endif
