/* known.h - the newest messages that the members of a room are known to have, by their hashes.
 *
 * A foreign writer's RPUSH and PUBLISH are two steps, and a snapshot may fall between them. So
 * for PUBLISH_LATE_MS it is also remembered which messages came by a snapshot: in the first
 * list, or in a catch-up. Their PUBLISH is then not taken for another message. */
#ifndef PUSH_SYNC_KNOWN_H
#define PUSH_SYNC_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "push-daemon/room/dedup.h"

struct snapshot;

enum {
    PUBLISH_LATE_MAX = 400, /* of a list's newest entries, so many may still be published */
    PUBLISH_LATE_MS = 5000  /* longest time between a foreign writer's RPUSH and its PUBLISH */
};

/* All zero: nothing is known. */
struct known {
    struct dedup seen;        /* the messages that the members have */
    bool whole;               /* `seen` began with the whole list */
    size_t listed;            /* so many of `seen`, the first ones, came by the first snapshot */
    int64_t listed_until_ms;  /* until then their PUBLISH may come */
    int64_t newest_ts;        /* the highest delivered, but for those a day ahead */
    struct pending_dups late; /* messages of a catch-up whose PUBLISH may still come */
    struct pending_dups late_before; /* those of catch-ups before late_since_ms */
    int64_t late_since_ms, late_until_ms;
    bool is_astray; /* the list has nothing of what the members have, and that was logged */
};

void known_fini(struct known *k);

/* A message goes to the members. hash: of its bytes as Redis has them. redis_ms: Redis' clock;
 * a foreign ts that is a day ahead of it, or more, tells nothing of other messages (append.lua). */
void known_add(struct known *k, uint64_t hash, int64_t ts, int64_t redis_ms);

/* For a room without members: the first ones will have this list. */
void known_set_list(struct known *k, const struct snapshot *s, int64_t now_ms);

/* A catch-up brings messages: it begins; one of them. */
void known_begin_late(struct known *k, int64_t now_ms);
void known_add_late(struct known *k, uint64_t hash);

/* Is this the PUBLISH of a message that a catch-up brought? True once for each such message. */
bool known_take_late(struct known *k, uint64_t hash, int64_t now_ms);

/* Was the entry's PUBLISH heard before the snapshot's mark, as far as we know? */
bool known_was_published(const struct known *k, const struct snapshot *s, uint64_t hash,
                         int64_t now_ms);

/* Does `seen` hold all that the list ever held since the first snapshot? */
bool known_is_complete(const struct known *k);

#endif
