/* known.h - what the members of a room are known to have: the newest messages, by their hashes.
 *
 * A foreign writer's RPUSH and PUBLISH are two steps, and a snapshot may fall between them. So two
 * things are remembered for PUBLISH_LATE_MS besides what was seen: which messages are known from
 * the list alone, and which were caught up with, so that their PUBLISH is not taken for another
 * message. */
#ifndef PUSH_ROOM_KNOWN_H
#define PUSH_ROOM_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "push-daemon/room/dedup.h"

struct snapshot;

enum {
    PUBLISH_LATE_MAX = 100, /* a PUBLISH can be owed for so many of the newest entries */
    PUBLISH_LATE_MS = 5000  /* longest time between a foreign writer's RPUSH and its PUBLISH */
};

/* All zero: nothing is known. */
struct known {
    struct dedup seen;        /* what the members have */
    bool whole;               /* seen is all that the list held, from the first snapshot on */
    size_t listed;            /* the first of seen, so many, are from the list alone */
    int64_t listed_until_ms;  /* their PUBLISH may come until then */
    int64_t newest_ts;        /* the highest seen */
    struct pending_dups late; /* caught up with; their PUBLISH may still come */
    int64_t late_until_ms;
};

void known_fini(struct known *k);

/* A message goes to the members. hash: of its bytes as they stand in Redis. */
void known_add(struct known *k, uint64_t hash, int64_t ts);

/* There are no members: the first ones will have this list. */
void known_set_list(struct known *k, const struct snapshot *s, int64_t now_ms);

/* A message was caught up with; call known_begin_late() first. */
void known_begin_late(struct known *k, int64_t now_ms);
void known_add_late(struct known *k, uint64_t hash);

/* Is this PUBLISH that of a message that was caught up with? True once for each such message. */
bool known_take_late(struct known *k, uint64_t hash, int64_t now_ms);

/* Was the entry's PUBLISH heard before the snapshot's mark, as far as we know? */
bool known_was_published(const struct known *k, const struct snapshot *s, uint64_t hash,
                         int64_t now_ms);

/* Does `seen` hold all that the list ever held since the first snapshot? */
bool known_is_complete(const struct known *k);

#endif
