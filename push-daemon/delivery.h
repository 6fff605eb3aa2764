/* delivery.h - a message goes to its room's log, and is remembered as seen. */
#ifndef PUSH_DELIVERY_H
#define PUSH_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"

struct room;
struct snapshot;

/* message: in our form; hash: of its bytes as they stand in Redis. snapshot, if not NULL, is one whose
 * mark has come: it is to know what came behind that. */
void delivery_add(struct room *room, struct snapshot *snapshot, struct str message, uint64_t hash,
                  int64_t ts);

/* The same for the bytes as they stand in Redis. What is no message is passed over, and logged once. */
void delivery_add_raw(struct room *room, struct snapshot *snapshot, struct str raw, uint64_t hash);

#endif
