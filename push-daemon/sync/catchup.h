/* catchup.h - the members of a room get what they missed while the subscription was down. */
#ifndef PUSH_SYNC_CATCHUP_H
#define PUSH_SYNC_CATCHUP_H

#include <stdbool.h>
#include <stdint.h>

#include "push-daemon/sync/snapshot.h"

struct deliver;
struct holdback;
struct known;

enum {
    /* Entries of a room's first snapshot, at least: they tell where its members stand. */
    CATCHUP_WINDOW_MIN = 32,
    /* On a cluster so many are asked for at first: at a failover all rooms of a node catch up. */
    CATCHUP_WINDOW_FIRST = 100,
    /* Entries that are asked for at most. Members that missed more are closed with 1013. */
    CATCHUP_WINDOW_MAX = 100000,
    CATCHUP_BYTES_MAX = 8 << 20 /* likewise: 320 of the longest texts */
};

/* The number of entries to ask for at first: back to the oldest that the members have; or few of
 * them, in the hope that they are enough. */
int64_t catchup_window(const struct known *known, bool few);

/* For a room without members: the first ones begin with this list. Messages that were held
 * back after the mark go to the log; held is empty then. */
void catchup_begin(struct deliver *d, struct snapshot *s, struct holdback *held);

/* Puts the missed messages into the log, and behind them those that were held back; held is
 * empty then. SNAPSHOT_WIDEN: the snapshot does not reach back to messages that the members
 * have. Nothing was done.
 *
 * deaf_ms: since when messages may have been missed, on Redis' clock. INT64_MAX: the members have
 * all that the list had when it was read last; 0: that is not known. */
enum snapshot_use catchup_run(struct deliver *d, struct snapshot *s, struct holdback *held,
                              int64_t deaf_ms);

#endif
