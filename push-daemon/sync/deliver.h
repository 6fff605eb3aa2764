/* deliver.h - a message goes to its room's log; from then on the members are known to have it. */
#ifndef PUSH_SYNC_DELIVER_H
#define PUSH_SYNC_DELIVER_H

#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/sync/known.h"

struct env;
struct flusher;
struct garbage;
struct room;
struct snapshot;

/* Where the messages of one group go. The pointers are the caller's. */
struct deliver {
    const struct env *env;
    struct room *room;
    struct flusher *flusher;
    struct garbage *garbage; /* logs payloads that are no message */
    struct known known;
};

/* message: in our own form. hash: of its bytes as Redis has them. snapshot: one whose mark has
 * come, or NULL; it notes the messages that come after its mark. */
void deliver_message(struct deliver *d, struct snapshot *snapshot, struct str message,
                     uint64_t hash, int64_t ts);

/* The same for the bytes as Redis has them. Bytes that are no message are passed over, and
 * logged once. */
void deliver_raw(struct deliver *d, struct snapshot *snapshot, struct str raw, uint64_t hash);

#endif
