/* sync.h - how a room's log is kept in step with the group's list in Redis.
 *
 * What a client gets must be the list: no gap, no double, in order. Two things come from Redis
 * over two connections: the messages of the subscription, and snapshots of the list. A snapshot
 * publishes a mark in the same step, on a channel that the subscription hears:
 *
 *     subscription:  m1  m2  MARK  m3  m4 ...     the snapshot has all up to m2, no more
 *     snapshot:      [ ... m1 m2 ]                (comes before or after the mark)
 *
 * While the room is not in step, messages are held back (holdback.h). When mark and snapshot are
 * both there, the room is brought in step:
 *
 * - A room with members was subscribed before, so they missed something. The log gets the entries
 *   behind those that they have. Then it gets the held messages: of those from before the mark
 *   only the ones that the snapshot lacks, of those from after the mark all (catchup_run).
 * - A room without members begins with the snapshot. Its log gets the held messages from after
 *   the mark (catchup_begin).
 *
 * The clients that wait get the first frame, and read the log from where it stood at the mark
 * (join.h).
 *
 * On a cluster the group's slot may be on the move: then the room is polled (room/polling.h). Its
 * log gets what the list has, at each reading; it is never in step, and what is heard means
 * nothing.
 *
 * A foreign writer's RPUSH and PUBLISH are two steps, and the snapshot may fall between them.
 * So for some seconds, messages of a snapshot are also recognised by their bytes (cohort.h,
 * known.h). */
#ifndef PUSH_SYNC_SYNC_H
#define PUSH_SYNC_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/sync/deliver.h"
#include "push-daemon/room/holdback.h"
#include "push-daemon/room/polling.h"

struct marks;
struct snapshot;

/* One for each room. It begins as zeros; the caller sets deliver. */
struct sync {
    struct deliver deliver;
    struct marks *marks;       /* of the node at which it is subscribed to; NULL: it is not */
    struct polling polling;    /* while it is on, the room is not synced */
    bool synced;               /* the log follows the list */
    struct snapshot *snapshot; /* under way; or NULL */
    int64_t window;            /* entries of the next snapshot, at least; 0: as usual */
    struct holdback held;      /* messages that came while not synced */
};

void sync_fini(struct sync *sync);

/* Asks for a snapshot if the room needs one. Call it when that, or the chance to ask, changed. */
void sync_pump(struct sync *sync);

/* Redis has acknowledged SUBSCRIBE: marks that are heard there come from these. The subscription is
 * gone: with its connection, or as the group is at another node now. */
void sync_on_subscribed(struct sync *sync, struct marks *marks);
void sync_on_unsubscribed(struct sync *sync);

/* The group's slot is on the move: the list is read from there (marks_create_polls()), at once, and
 * by each sync_pump() if that is due. NULL: it is so no more. */
void sync_poll(struct sync *sync, struct marks *polls);

/* Commands go over a new connection now, perhaps to another Redis. The marks of snapshots that
 * the old one answered may never be heard. */
void sync_on_commands(struct sync *sync);

/* A message came over the subscription. */
void sync_on_message(struct sync *sync, struct str payload);

#endif
