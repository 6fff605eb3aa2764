/* hash.h - a keyed hash of bytes (SipHash): for hash tables, and for fingerprints that recognise
 * bytes later.
 *
 * The key is random and new in each process. So a client, which chooses ids and messages, can make
 * neither names that share a bucket nor two messages with one fingerprint. A hash means nothing to
 * another process: never store or send one.
 *
 * Include this file instead of <uthash.h>: it gives uthash this hash. */
#ifndef LIB_HASH_H
#define LIB_HASH_H

#include <stdint.h>

#include "lib/str.h"

uint64_t hash_bytes(struct str s);

struct hash_key {
    uint64_t k0, k1;
};

/* SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) under
 * this key. */
uint64_t hash_siphash(const struct hash_key *key, struct str s);

#define HASH_FUNCTION(key, length, out)                                                            \
    ((out) = (unsigned)hash_bytes(str_make((const char *)(key), (length))))
#include <uthash.h>

#endif
