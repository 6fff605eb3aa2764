/* hash.c - a keyed hash of bytes: SipHash-2-4.
 *
 * The names v0 to v3, c and d are those of the paper. Words are read in the machine's byte order:
 * on a big-endian one the hashes differ from the paper's, and are as good. */
#include "lib/hash.h"

#include <stdbool.h>

#include "lib/token.h"

enum {
    C_ROUNDS = 2, /* for each word of the input */
    D_ROUNDS = 4  /* at the end */
};

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t
sip_rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void
sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = sip_rotate(s->v1, 13) ^ s->v0;
    s->v3 = sip_rotate(s->v3, 16) ^ s->v2;
    s->v0 = sip_rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = sip_rotate(s->v1, 17) ^ s->v2;
    s->v3 = sip_rotate(s->v3, 21) ^ s->v0;
    s->v2 = sip_rotate(s->v2, 32);
}

static inline void
sip_add(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    for (int i = 0; i < C_ROUNDS; i++) {
        sip_round(s);
    }
    s->v0 ^= word;
}

uint64_t
hash_siphash(const struct hash_key *key, struct str s)
{
    struct sip sip = {
        .v0 = key->k0 ^ UINT64_C(0x736f6d6570736575), /* "somepseudorandomlygeneratedbytes" */
        .v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d),
        .v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
        .v3 = key->k1 ^ UINT64_C(0x7465646279746573),
    };
    size_t whole = s.len / 8 * 8;
    uint64_t word;

    for (size_t i = 0; i < whole; i += 8) {
        memcpy(&word, s.p + i, 8);
        sip_add(&sip, word);
    }
    word = (uint64_t)s.len << 56; /* with the last 0 to 7 bytes */
    for (size_t i = whole; i < s.len; i++) {
        word |= (uint64_t)(unsigned char)s.p[i] << (8 * (i - whole));
    }
    sip_add(&sip, word);
    sip.v2 ^= 0xff;
    for (int i = 0; i < D_ROUNDS; i++) {
        sip_round(&sip);
    }
    return sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3;
}

uint64_t
hash_bytes(struct str s)
{
    static struct hash_key key;
    static bool has_key;

    if (!has_key) {
        random_bytes(&key, sizeof(key));
        has_key = true;
    }
    return hash_siphash(&key, s);
}
