/* join.h - the clients that wait in a room get their first frame, and become members. */
#ifndef PUSH_SYNC_JOIN_H
#define PUSH_SYNC_JOIN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/text.h"
#include "push-daemon/sync/snapshot.h"

struct cohort;
struct deliver;

enum {
    /* Entries that are asked for at most. If too many of them are no message, less is shown. */
    JOIN_WINDOW_MAX = 10000,
    JOIN_BYTES_MAX = 1 << 20 /* likewise; more if im.groupMessage.listNum messages have more */
};

/* What a snapshot has for the clients that wait. All zero: there are none. */
struct join {
    struct text frame;     /* the payload of the first frame */
    size_t shown;          /* messages in it */
    struct cohort *cohort; /* the clients that get it */
};

/* Call it before the snapshot is used for anything else. fresh: the room has no members, and
 * its log does not follow the list yet. */
void join_prepare(struct join *join, const struct deliver *d, const struct snapshot *s, bool fresh);
void join_fini(struct join *join);

/* Lets in all clients that wait. They go on waiting for another snapshot if this one is too
 * short for the first frame, or if the log has lost messages that came after its mark. */
enum snapshot_use join_admit(struct join *join, struct deliver *d, struct snapshot *s);

#endif
