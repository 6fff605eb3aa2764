/* hash.h - a 64-bit fingerprint of bytes, to recognise them later (FNV-1a).
 *
 * Not cryptographic: whoever chooses the bytes can make two texts with one fingerprint. */
#ifndef LIB_HASH_H
#define LIB_HASH_H

#include <stdint.h>

#include "lib/str.h"

static inline uint64_t
hash_bytes(struct str s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < s.len; i++) {
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
    }
    return h;
}

#endif
