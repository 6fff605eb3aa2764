/* once.c - has this been said already? */
#include "lib/once.h"

bool
once_first(struct once *o, uint64_t hash)
{
    size_t held = o->count < ONCE_SIZE ? o->count : ONCE_SIZE;

    for (size_t i = 0; i < held; i++) {
        if (o->hashes[i] == hash) {
            return false;
        }
    }
    o->hashes[o->count++ % ONCE_SIZE] = hash;
    return true;
}
