/* join.h - those who wait in a room get their first frame, and become members. */
#ifndef PUSH_ROOM_JOIN_H
#define PUSH_ROOM_JOIN_H

#include <stdbool.h>

#include "push-daemon/room/snapshot.h"

struct cohort;
struct deliver;

enum {
    JOIN_WINDOW_MAX = 10000 /* entries; if so much of a list is no message, less is shown */
};

/* The cohort of those whom this snapshot lets in: what of it may still come by PUBLISH. To be made before
 * the snapshot is used for anything else; the caller holds one reference. fresh: the room has no members,
 * and its log does not follow the list yet. */
struct cohort *join_cohort(const struct deliver *d, const struct snapshot *s, bool fresh);

/* Lets in all who wait. Those go on waiting for another snapshot if this one is too short for the first
 * frame, or if the log has lost what came since its mark. */
enum snapshot_use join_admit(struct deliver *d, struct snapshot *s, struct cohort *cohort);

#endif
