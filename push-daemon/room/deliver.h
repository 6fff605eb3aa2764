/* deliver.h - a message goes to its room's log, and is known from then on. */
#ifndef PUSH_ROOM_DELIVER_H
#define PUSH_ROOM_DELIVER_H

#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/room/known.h"

struct env;
struct flusher;
struct garbage;
struct room;
struct snapshot;

/* Where messages of one group go. The pointers are the caller's. */
struct deliver {
    const struct env *env;
    struct room *room;
    struct flusher *flusher;
    struct garbage *garbage; /* logs what is no message */
    struct known known;
};

/* message: in our own form; hash: of its bytes as they stand in Redis. snapshot, if not NULL, is
 * one whose mark has come: it notes what passes behind that. */
void deliver_message(struct deliver *d, struct snapshot *snapshot, struct str message,
                     uint64_t hash, int64_t ts);

/* The same for the bytes as they stand in Redis. What is no message is passed over, and logged
 * once. */
void deliver_raw(struct deliver *d, struct snapshot *snapshot, struct str raw, uint64_t hash);

#endif
