/* deliver.h - a message goes to its room's log, and is remembered as seen. */
#ifndef PUSH_ROOM_DELIVER_H
#define PUSH_ROOM_DELIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"

struct room;
struct snapshot;

/* message: in our form; hash: of its bytes as they stand in Redis. snapshot, if not NULL, is one whose
 * mark has come: it is to know what came behind that. */
void deliver_message(struct room *room, struct snapshot *snapshot, struct str message,
                     uint64_t hash, int64_t ts);

/* The same for the bytes as they stand in Redis. What is no message is passed over, and logged once. */
void deliver_raw(struct room *room, struct snapshot *snapshot, struct str raw, uint64_t hash);

#endif
