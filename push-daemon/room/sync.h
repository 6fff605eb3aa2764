/* sync.h - how a room's log is kept in step with the group's list in Redis.
 *
 * What a client gets must be the list: no gap, no double, in order. Two things come from Redis over
 * two connections: the messages of the subscription, and snapshots of the list. A snapshot
 * publishes, in the same step, a mark on a channel that the subscription hears:
 *
 *     subscription:  m1  m2  MARK  m3  m4 ...        in the snapshot: up to m2; not in it: from m3
 * on snapshot:      [ ... m1 m2 ]                   (comes before or after the mark)
 *
 * Joining: SUBSCRIBE, its acknowledgement, a snapshot. Once mark and snapshot are both there, all
 * who wait get the first frame, and read the log from where it stood at the mark (join.h).
 *
 * Reconnecting: the members missed something. Until a snapshot is there, what comes is held back.
 * Then the entries of the list behind those seen last go to the log, after them what was held:
 * before the mark only what is not in the snapshot, after the mark all (catchup.h).
 *
 * A foreign writer's RPUSH and PUBLISH are two steps, and the snapshot may fall between them. So
 * what a snapshot brought is also recognised by its bytes for some seconds (cohort.h, known.h). */
#ifndef PUSH_ROOM_SYNC_H
#define PUSH_ROOM_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/room/deliver.h"
#include "push-daemon/room/holdback.h"

struct snapshot;
struct snapshots;

/* One room's. Begins as zeros, with deliver and snapshots set by the caller. */
struct sync {
    struct deliver deliver;
    struct snapshots *snapshots;
    bool subscribed;           /* acknowledged */
    bool synced;               /* the log follows the list */
    struct snapshot *snapshot; /* under way; or NULL */
    int64_t window;            /* entries that the next snapshot is to bring; 0: as usual */
    struct holdback held;      /* came while not synced, and may be missing in the snapshot */
};

void sync_fini(struct sync *sync);

/* Asks for a snapshot if the room needs one and can have it. Call it whenever that may have
 * changed. */
void sync_pump(struct sync *sync);

/* The group's channel was acknowledged. The connection that it came over is gone, or the room goes
 * away. */
void sync_on_subscribed(struct sync *sync);
void sync_on_unsubscribed(struct sync *sync);

/* The commands go over another connection now, perhaps to another Redis than the subscription: the
 * marks that the old one published may never be heard. */
void sync_on_commands(struct sync *sync);

/* A message came over the subscription. */
void sync_on_message(struct sync *sync, struct str payload);

#endif
