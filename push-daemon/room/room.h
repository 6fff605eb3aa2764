/* room.h - a group on this daemon: its log, its members, and the clients that wait.
 *
 *     room_append() -> [ log ]  <- a reader of each member; room_flush() sends what it has not read
 *
 * The room is plain bookkeeping. sync.h tells how its log follows the group's list, flusher.h
 * when it is flushed. */
#ifndef PUSH_ROOM_ROOM_H
#define PUSH_ROOM_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/core/close_reason.h"
#include "push-daemon/frames/framelog.h"

struct cohort;
struct env;
struct session;

#define ROOM_KEEP_NOTHING UINT64_MAX

struct room {
    const struct env *env;
    struct str group;            /* the caller keeps the bytes */
    void (*on_leave)(void *ctx); /* a client left; the room may be empty now */
    void *ctx;
    struct framelog log;
    struct session *members; /* clients that read the log */
    struct session *waiting; /* clients without their first frame */
    struct cohort *cohorts;  /* those that have not expired, newest first */
    uint64_t keep_from;      /* see room_keep_from() */

    int64_t unflushed_since_us; /* when the first unflushed message came */
    int64_t flushed_ms;
    uint64_t flushed_to; /* the log's end at the last flush */

    bool dirty; /* in the flusher's list */
    struct room *dirty_prev, *dirty_next;
};

/* An empty room of that group. */
void room_init(struct room *room, const struct env *env, struct str group,
               void (*on_leave)(void *ctx), void *ctx);
void room_fini(struct room *room); /* it must have no clients */

bool room_is_empty(const struct room *room);

/* A chat client waits; becomes a member of a cohort (or NULL) that reads the log from cursor
 * on; leaves. */
void room_wait(struct room *room, struct session *s);
void room_admit(struct room *room, struct session *s, uint64_t cursor, struct cohort *cohort);
void room_leave(struct room *room, struct session *s);

/* Calls fn for each client: members, and those that wait. It must not take any of them away. */
void room_each(const struct room *room, void (*fn)(void *arg, struct session *s), void *arg);

/* Closes all members; all clients that wait. */
void room_close_members(struct room *room, enum close_reason reason);
void room_close_waiting(struct room *room, enum close_reason reason);

/* Appends a frame. Members of a cohort that awaits this hash skip it. */
void room_append(struct room *room, struct str frame, uint64_t hash, size_t max_bytes);

/* From now on the cohort skips the messages that it awaits. Takes the caller's reference. */
void room_add_cohort(struct room *room, struct cohort *cohort);

/* A flush keeps the log from this offset on, even if all members have read it.
 * ROOM_KEEP_NOTHING ends that. */
void room_keep_from(struct room *room, uint64_t offset);

/* Bytes that came since the last flush; a slow client's backlog does not count. */
size_t room_unflushed(const struct room *room);

/* Sends each member what it has not got, as far as its socket takes it. Drops what all have
 * from the log. */
void room_flush(struct room *room);

#endif
