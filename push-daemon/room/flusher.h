/* flusher.h - when a room is flushed.
 *
 * A room that grew is flushed at the end of the loop's turn. While the process is CPU-bound, one
 * that was flushed less than push.flushIntervalMs ago waits for that time: with many busy groups a
 * turn brings each only a message or two, and together they cost one system call a client. */
#ifndef PUSH_ROOM_FLUSHER_H
#define PUSH_ROOM_FLUSHER_H

struct env;
struct flusher;
struct room;

struct flusher *flusher_create(const struct env *env);
void flusher_destroy(struct flusher *f); /* NULL is fine */

void flusher_add(struct flusher *f, struct room *room); /* it is to be flushed */
void flusher_remove(struct flusher *f,
                    struct room *room); /* it goes away; fine if it was not added */

/* Flushes the rooms that are due. Call it at the end of each turn. */
void flusher_run(struct flusher *f);
void flusher_run_all(struct flusher *f); /* all of them, whenever each was flushed last */

#endif
