/* seen.h - which messages were seen lately, by a fingerprint of their bytes. */
#ifndef PUSH_SEEN_H
#define PUSH_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SEEN_SIZE = 128
};

/* The fingerprints of the newest SEEN_SIZE messages of a group, oldest overwritten first. */
struct seen {
    uint64_t hashes[SEEN_SIZE];
    size_t count; /* all ever added */
};

void seen_add(struct seen *s, uint64_t hash);
bool seen_has(const struct seen *s, uint64_t hash);

/* A multiset of fingerprints that are to be recognised, each as often as it was added. */
struct expected {
    uint64_t *hashes;
    size_t count;
};

void expected_add(struct expected *e, uint64_t hash);
bool expected_take(struct expected *e, uint64_t hash); /* true: it was there, once less now */
void expected_clear(struct expected *e);

#endif
