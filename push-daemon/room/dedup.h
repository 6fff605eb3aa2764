/* dedup.h - which messages came lately, by a fingerprint of their bytes. */
#ifndef PUSH_ROOM_DEDUP_H
#define PUSH_ROOM_DEDUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DEDUP_MAX = 512
};

/* The fingerprints of the newest DEDUP_MAX messages of a group, in the order in which they
 * came. All zero: none. */
struct dedup {
    uint64_t *ring;
    size_t room;  /* places in the ring: a power of two */
    size_t count; /* of all that were ever added */
};

void dedup_add(struct dedup *s, uint64_t hash);
bool dedup_has(const struct dedup *s, uint64_t hash);

/* Is it one of those with a number in [from, to)? The first that was added has the number 0. */
bool dedup_between(const struct dedup *s, uint64_t hash, size_t from, size_t to);

/* The number of those that are remembered, and one of them; i = 0 is the oldest. */
size_t dedup_held(const struct dedup *s);
uint64_t dedup_at(const struct dedup *s, size_t i);

void dedup_fini(struct dedup *s);

/* A multiset of fingerprints: each is recognised as often as it was added. All zero: empty. */
struct pending_dups {
    uint64_t *hashes;
    size_t count;
};

void pending_dups_add(struct pending_dups *p, uint64_t hash);

/* Takes one such fingerprint out. False: there is none. */
bool pending_dups_take(struct pending_dups *p, uint64_t hash);

void pending_dups_clear(struct pending_dups *p);

#endif
