/* flusher.h - when a room is flushed.
 *
 * A room that grew is flushed at the end of the loop's turn. But if the process is CPU-bound,
 * batching pays: a room is then flushed once in push.flushIntervalMs. With many busy groups a
 * turn brings each group only a message or two; a batch of them costs one system call per
 * client. */
#ifndef PUSH_ROOM_FLUSHER_H
#define PUSH_ROOM_FLUSHER_H

#include <stdint.h>

#include "lib/str.h"

struct env;
struct flusher;
struct room;

struct flusher *flusher_create(const struct env *env);
void flusher_destroy(struct flusher *f); /* NULL is fine */

/* The room is to be flushed; it is not, as it goes away. Either may be called twice. */
void flusher_add(struct flusher *f, struct room *room);
void flusher_remove(struct flusher *f, struct room *room);

/* Appends a frame to the room's log, as room_append(); the room is flushed when it is due. hash: 0
 * if no cohort awaits such a frame. */
void flusher_append(struct flusher *f, struct room *room, struct str frame, uint64_t hash);

/* Flushes the rooms that are due. Call it at the end of each turn. */
void flusher_run(struct flusher *f);

/* Flushes all of them, no matter when each was flushed last. */
void flusher_run_all(struct flusher *f);

#endif
