/* seen.h - which messages were seen lately, by a fingerprint of their bytes. */
#ifndef PUSH_SEEN_H
#define PUSH_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SEEN_MAX = 512
};

/* The fingerprints of the newest SEEN_MAX messages of a group, in the order seen. All zero: none. */
struct seen {
    uint64_t *ring;
    size_t room;  /* a power of two */
    size_t count; /* all ever added */
};

void seen_add(struct seen *s, uint64_t hash);
bool seen_has(const struct seen *s, uint64_t hash);
/* Among those added when there were from already, and not yet to? */
bool seen_between(const struct seen *s, uint64_t hash, size_t from, size_t to);
size_t seen_held(const struct seen *s);               /* how many are remembered */
uint64_t seen_at(const struct seen *s, size_t place); /* 0: the oldest that is remembered */
void seen_fini(struct seen *s);

/* A multiset of fingerprints that are to be recognised, each as often as it was added. */
struct expected {
    uint64_t *hashes;
    size_t count;
};

void expected_add(struct expected *e, uint64_t hash);
bool expected_take(struct expected *e, uint64_t hash); /* true: it was there, once less now */
void expected_clear(struct expected *e);

#endif
