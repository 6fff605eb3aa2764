/* slot.h - the hash slot of a key or a sharded channel (Redis Cluster specification). */
#ifndef LIB_CLUSTER_SLOT_H
#define LIB_CLUSTER_SLOT_H

#include <stdint.h>

#include "lib/str.h"

enum {
    SLOT_COUNT = 16384,
    SLOT_NONE = -1 /* of a command without a key, or if there is no cluster */
};

/* CRC-16/XMODEM: polynomial 0x1021, begins with 0. */
uint16_t slot_crc16(struct str bytes);

/* 0 to SLOT_COUNT - 1. Only what stands between the first `{` and the first `}` behind it counts,
 * if anything stands there. */
int slot_of(struct str name);

#endif
