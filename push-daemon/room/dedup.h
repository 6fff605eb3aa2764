/* dedup.h - which messages were seen lately, by a fingerprint of their bytes. */
#ifndef PUSH_ROOM_DEDUP_H
#define PUSH_ROOM_DEDUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DEDUP_MAX = 512
};

/* The fingerprints of the newest DEDUP_MAX messages of a group, in the order seen.
 * All zero: none. */
struct dedup {
    uint64_t *ring;
    size_t room;  /* a power of two */
    size_t count; /* all ever added */
};

void dedup_add(struct dedup *s, uint64_t hash);
bool dedup_has(const struct dedup *s, uint64_t hash);
/* Among those added when there were from already, and not yet to? */
bool dedup_between(const struct dedup *s, uint64_t hash, size_t from, size_t to);
size_t dedup_held(const struct dedup *s);               /* how many are remembered */
uint64_t dedup_at(const struct dedup *s, size_t place); /* 0: the oldest that is remembered */
void dedup_fini(struct dedup *s);

/* A multiset of fingerprints that are to be recognised, each as often as it was added. */
struct pending_dups {
    uint64_t *hashes;
    size_t count;
};

void pending_dups_add(struct pending_dups *e, uint64_t hash);
bool pending_dups_take(struct pending_dups *e,
                       uint64_t hash); /* true: it was there, once less now */
void pending_dups_clear(struct pending_dups *e);

#endif
