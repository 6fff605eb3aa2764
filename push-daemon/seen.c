/* seen.c - which messages were seen lately, by a fingerprint of their bytes. */
#include "push-daemon/seen.h"

#include <stdlib.h>

#include "lib/mem.h"

void
seen_add(struct seen *s, uint64_t hash)
{
    s->hashes[s->count++ % SEEN_SIZE] = hash;
}

bool
seen_has(const struct seen *s, uint64_t hash)
{
    size_t held = s->count < SEEN_SIZE ? s->count : SEEN_SIZE;

    for (size_t i = 0; i < held; i++) {
        if (s->hashes[i] == hash) {
            return true;
        }
    }
    return false;
}

void
expected_add(struct expected *e, uint64_t hash)
{
    if ((e->count & (e->count - 1)) == 0) { /* full at every power of two */
        e->hashes = mem_resize(e->hashes, (e->count > 0 ? 2 * e->count : 1) * sizeof(*e->hashes));
    }
    e->hashes[e->count++] = hash;
}

bool
expected_take(struct expected *e, uint64_t hash)
{
    for (size_t i = 0; i < e->count; i++) {
        if (e->hashes[i] == hash) {
            e->hashes[i] = e->hashes[--e->count];
            if (e->count == 0) {
                expected_clear(e);
            }
            return true;
        }
    }
    return false;
}

void
expected_clear(struct expected *e)
{
    free(e->hashes);
    e->hashes = NULL;
    e->count = 0;
}
