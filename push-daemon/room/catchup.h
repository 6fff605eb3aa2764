/* catchup.h - the members of a room get what they missed while the subscription was down. */
#ifndef PUSH_ROOM_CATCHUP_H
#define PUSH_ROOM_CATCHUP_H

#include <stdint.h>

#include "push-daemon/room/snapshot.h"

struct deliver;
struct holdback;
struct known;

enum {
    CATCHUP_WINDOW_MIN =
        32, /* entries by which a room's first members know where they stand in the list */
    CATCHUP_WINDOW_MAX = 100000 /* entries; members that missed more are closed: 1013 */
};

/* How many entries to ask for at first: back to the oldest that the members are known to have. */
int64_t catchup_window(const struct known *known);

/* There are no members: the first ones begin with this list. What was held back after the mark goes
 * to the log, and held is empty then. */
void catchup_begin(struct deliver *d, struct snapshot *s, struct holdback *held);

/* Puts what was missed into the log, and behind it what was held back meanwhile; held is empty
 * then. SNAPSHOT_WIDEN: the snapshot does not reach back to what the members have, and nothing was
 * done. */
enum snapshot_use catchup_run(struct deliver *d, struct snapshot *s, struct holdback *held);

#endif
