/* room.h - a group on this daemon: its log, the clients that read it, and those that wait to.
 *
 *   on_message -> [ log ]  <- cursor of each member; a flush sends each what lies behind its cursor
 *
 * How log and list are kept in step is told in sync.h; the room itself is plain bookkeeping. */
#ifndef PUSH_ROOM_ROOM_H
#define PUSH_ROOM_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "lib/config/config.h"
#include "lib/str.h"
#include "push-daemon/frames/framelog.h"
#include "push-daemon/room/dedup.h"
#include "push-daemon/room/sync.h"

struct cohort;
struct hub;
struct session;

struct room {
    UT_hash_handle hh; /* in the hub, by group */
    struct hub *hub;
    struct framelog log;
    struct session *members; /* live: they read the log */
    struct session *waiting; /* for their first frame */
    size_t member_count;
    struct cohort *cohorts; /* recent ones, newest first */
    struct sync sync;

    bool dirty; /* in the hub's list of rooms to flush */
    struct room *dirty_prev, *dirty_next;
    int64_t waits_since_us; /* of the first message that is not flushed */
    int64_t flushed_ms;
    uint64_t flushed_to; /* the log's end at the last flush */

    size_t group_length;
    char group[]; /* not NUL-terminated */
};

struct room *room_create(struct hub *hub, struct str group);
void room_destroy(struct room *room); /* must have no clients */

struct str room_group(const struct room *room);
bool room_is_empty(const struct room *room);

/* A session joins those that wait; becomes a member that reads from cursor on, as one of a cohort (may
 * be NULL); leaves. */
void room_wait(struct room *room, struct session *s);
void room_admit(struct room *room, struct session *s, uint64_t cursor, struct cohort *cohort);
void room_leave(struct room *room, struct session *s);

/* Appends the message for all, but for the members of a cohort that expects these bytes. */
void room_append(struct room *room, struct str message, uint64_t hash, int64_t now_ms,
                 size_t max_bytes);

/* Clients of one first frame, of which these bytes may still come. Takes the caller's reference. */
void room_add_cohort(struct room *room, struct cohort *cohort);

/* Bytes that came since the last flush. A slow client's backlog is not among them. */
size_t room_unflushed(const struct room *room);

/* Sends each member what it has not got, as far as its socket takes it; lets go of what all have. */
void room_flush(struct room *room);

#endif
