/* cohort.h - clients that were given one first frame, and what of it may still come by PUBLISH.
 *
 * A foreign writer's RPUSH and PUBLISH are two steps. Where the first frame was read between them,
 * the message is in it and comes again; it is recognised by its bytes, for a few seconds, and is
 * kept from these clients alone: the others do not have it yet. */
#ifndef PUSH_ROOM_COHORT_H
#define PUSH_ROOM_COHORT_H

#include <stdbool.h>
#include <stdint.h>

#include "push-daemon/room/dedup.h"

enum {
    COHORT_MS = 5000 /* longest time between a foreign writer's RPUSH and its PUBLISH */
};

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
