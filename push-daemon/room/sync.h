/* sync.h - how a room's log is kept in step with the group's list in Redis.
 *
 * What a client gets must be the list: no gap, no double, in order. Two things come from Redis over two
 * connections: the messages of the subscription, and snapshots of the list. A snapshot publishes, in the
 * same step, a mark on a channel that the subscription hears:
 *
 *     subscription:  m1  m2  MARK  m3  m4 ...        in the snapshot: up to m2; not in it: from m3 on
 *     snapshot:      [ ... m1 m2 ]                   (comes before or after the mark)
 *
 * Joining: SUBSCRIBE, its acknowledgement, a snapshot. Once mark and snapshot are both there, all who
 * wait get the first frame, and read the log from where it stood at the mark.
 *
 * Reconnecting: the members missed something. Until a snapshot is there, what comes is held back. Then
 * the entries of the list behind those seen last go to the log, after them what was held: before the
 * mark only what is not in the snapshot, after the mark all.
 *
 * A foreign writer's RPUSH and PUBLISH are two steps, and the snapshot may fall between them. So what a
 * snapshot brought is also recognised by its bytes for some seconds (cohort.h; `listed` and `late`
 * below). */
#ifndef PUSH_ROOM_SYNC_H
#define PUSH_ROOM_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/room/holdback.h"
#include "push-daemon/room/dedup.h"

struct hub;
struct reply;
struct room;
struct snapshot;

enum {
    PUBLISH_PENDING_MAX = 100 /* a PUBLISH can be owed for so many of the newest entries */
};

/* One room's. All zero: a room that has just been made. */
struct sync {
    bool subscribed;           /* acknowledged */
    bool synced;               /* the log follows the list */
    struct snapshot *snapshot; /* under way; or NULL */
    struct dedup seen;         /* what the members have */
    bool seen_whole;           /* all that the list held, from the first snapshot on */
    size_t listed;             /* the first of them, so many, are from the list alone */
    int64_t listed_until_ms;   /* their PUBLISH may come until then */
    int64_t newest_ts;         /* highest seen */
    int64_t window;            /* entries that the next snapshot is to bring; 0: as usual */
    struct holdback held;      /* came while not synced and there were members */
    struct pending_dups late;  /* caught up with; their PUBLISH may still come */
    int64_t late_until_ms;
};

void sync_fini(struct sync *sync);

/* How much of the log a snapshot under way still needs: the lower of its mark and offset. */
uint64_t sync_needs(const struct sync *sync, uint64_t offset);

/* The next snapshot is to bring more than this one, at most so many entries. False: it has all there is,
 * or as much as there may be. */
bool sync_widen(struct sync *sync, const struct snapshot *s, int64_t most);

/* Asks for a snapshot if the room needs one and can have it. Call whenever that may have changed. */
void sync_pump(struct room *room);

/* The group's channel was acknowledged; the connection that it came over is gone. */
void sync_on_subscribed(struct room *room);
void sync_on_unsubscribed(struct room *room);

/* The commands go over another connection now, perhaps to another Redis than the subscription: what marks the old
 * one published may never be heard. */
void sync_on_commands(struct room *room);

/* A message came; the mark of the room's snapshot came; the snapshot came. */
void sync_on_message(struct room *room, struct str payload);
void sync_on_mark(struct snapshot *snapshot);
void sync_on_snapshot(void *snapshot, const struct reply *reply);

#endif
