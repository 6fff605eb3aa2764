/* join.h - those who wait in a room get their first frame, and become members. */
#ifndef PUSH_ROOM_JOIN_H
#define PUSH_ROOM_JOIN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/text.h"
#include "push-daemon/room/snapshot.h"

struct cohort;
struct deliver;

enum {
    JOIN_WINDOW_MAX = 10000 /* entries; if so much of a list is no message, less is shown */
};

/* What a snapshot has for those who wait. All zero: nobody does. */
struct join {
    struct text frame;     /* the payload of the first frame */
    size_t shown;          /* messages in it */
    struct cohort *cohort; /* whose PUBLISH may still come, of those in the frame */
};

/* To be called before the snapshot is used for anything else. fresh: the room has no members, and
 * its log does not follow the list yet. */
void join_prepare(struct join *join, const struct deliver *d, const struct snapshot *s, bool fresh);
void join_fini(struct join *join);

/* Lets in all who wait. Those go on waiting for another snapshot if this one is too short for the
 * first frame, or if the log has lost what came since its mark. */
enum snapshot_use join_admit(struct join *join, struct deliver *d, struct snapshot *s);

#endif
