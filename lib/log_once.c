/* log_once.c - was this logged already? */
#include "lib/log_once.h"

bool
log_once_first(struct log_once *o, uint64_t hash)
{
    size_t held = o->count < LOG_ONCE_SIZE ? o->count : LOG_ONCE_SIZE;

    for (size_t i = 0; i < held; i++) {
        if (o->hashes[i] == hash) {
            return false;
        }
    }
    o->hashes[o->count++ % LOG_ONCE_SIZE] = hash;
    return true;
}
