/* snapshot.h - one reading of a group's list, from the request to its use. */
#ifndef PUSH_SYNC_SNAPSHOT_H
#define PUSH_SYNC_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/str.h"
#include "lib/text.h"
#include "push-daemon/room/marks.h"

struct garbage;
struct reply;

/* An entry as it stands in the list. */
struct snapshot_entry {
    struct str raw;
    uint64_t hash;
};

/* A message that went to the log after the mark, and before the snapshot was there. */
struct snapshot_passed {
    uint64_t hash;
    uint64_t from; /* in the log */
    uint64_t to;
};

/* What became of a snapshot that was used. */
enum snapshot_use {
    SNAPSHOT_DONE,
    SNAPSHOT_WIDEN /* it does not reach back far enough: ask for more entries */
};

struct snapshot {
    struct marked request;          /* the first member, so that each is a pointer to the other */
    int64_t window;                 /* how many entries were asked for */
    int64_t most_bytes;             /* at which it may stop before it has so many */
    bool is_poll;                   /* it has no mark: the group's slot is on the move */
    bool marked;                    /* its mark has come */
    uint64_t mark_offset;           /* the log's end when the mark came */
    size_t seen_before;             /* known.seen.count when the mark came */
    int64_t total;                  /* the list's length */
    struct snapshot_entry *entries; /* oldest first */
    size_t entry_count;
    struct text bytes; /* of the entries */
    struct snapshot_passed *passed;
    size_t passed_count;
};

/* on_mark and on_answer of its request are the owner's to set. */
struct snapshot *snapshot_create(void *owner, int64_t window, int64_t most_bytes);
void snapshot_destroy(struct snapshot *s); /* NULL is fine */

/* Copies what Redis answered. False: it is no answer of the snapshot script. */
bool snapshot_read(struct snapshot *s, const struct reply *reply);

/* Notes a message that passed after the mark; from and to are offsets in the log. */
void snapshot_note(struct snapshot *s, uint64_t hash, uint64_t from, uint64_t to);

/* Does it hold the whole list? */
bool snapshot_is_whole(const struct snapshot *s);

/* Would a wider one hold more, if at most max entries may be asked for? */
bool snapshot_can_widen(const struct snapshot *s, int64_t max);

/* Adds {"list":[...],"total":N} with the newest `count` messages of the group, oldest first.
 * Returns how many the frame has; none of them stands before the entry *first. Entries that
 * are no message are left out, and logged. */
size_t snapshot_first_frame(const struct snapshot *s, enum config_encoding encoding,
                            struct str group, size_t count, struct garbage *garbage,
                            struct text *out, size_t *first);

#endif
