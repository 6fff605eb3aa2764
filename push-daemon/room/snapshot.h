/* snapshot.h - one reading of a group's list, from the question to its use. */
#ifndef PUSH_ROOM_SNAPSHOT_H
#define PUSH_ROOM_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "lib/str.h"
#include "lib/text.h"

struct reply;
struct room;

/* An entry as it stands in the list. */
struct snapshot_entry {
    struct str raw;
    uint64_t hash;
};

/* A message that went to the log after the mark, before the snapshot was there. */
struct snapshot_passed {
    uint64_t hash;
    uint64_t from; /* in the log */
    uint64_t to;
};

struct snapshot {
    UT_hash_handle hh; /* in the hub, by mark */
    int64_t mark;
    struct room *room; /* NULL: nobody wants it any more; freed when Redis has answered */
    int64_t window;    /* how many entries were asked for */
    bool marked;       /* its mark has come */
    bool answered;     /* it has come itself */
    uint64_t mark_offset;
    size_t seen_before;             /* of the room's seen ones, those that came before the mark */
    int64_t total;                  /* the list's length */
    struct snapshot_entry *entries; /* oldest first */
    size_t entry_count;
    struct text bytes; /* of the entries */
    struct snapshot_passed *passed;
    size_t passed_count;
};

struct snapshot *snapshot_create(struct room *room, int64_t window);
void snapshot_destroy(struct snapshot *s);

/* Copies what Redis answered. False: it is no answer of the snapshot script. */
bool snapshot_read(struct snapshot *s, const struct reply *reply);

void snapshot_note(struct snapshot *s, uint64_t hash, uint64_t from, uint64_t to);

/* Does it hold the whole list? */
bool snapshot_is_whole(const struct snapshot *s);

/* Adds {"list":[...],"total":N} with the newest `count` messages, oldest first. Returns how many there
 * are among the entries, at most count. What is no message is passed over, and logged once. */
size_t snapshot_first_frame(const struct snapshot *s, size_t count, struct text *out);

#endif
