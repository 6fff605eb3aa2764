/* dedup.c - which messages were seen lately, by a fingerprint of their bytes. */
#include "push-daemon/room/dedup.h"

#include <stdlib.h>

#include "lib/mem.h"

void
dedup_add(struct dedup *s, uint64_t hash)
{
    if (s->count == s->room && s->room < DEDUP_MAX) { /* grows until it is worth going round */
        s->room = s->room > 0 ? 2 * s->room : 8;
        s->ring = mem_resize(s->ring, s->room * sizeof(*s->ring));
    }
    s->ring[s->count++ % s->room] = hash;
}

size_t
dedup_held(const struct dedup *s)
{
    return s->count < s->room ? s->count : s->room;
}

uint64_t
dedup_at(const struct dedup *s, size_t place)
{
    return s->ring[(s->count - dedup_held(s) + place) % s->room];
}

bool
dedup_has(const struct dedup *s, uint64_t hash)
{
    return dedup_between(s, hash, 0, s->count);
}

bool
dedup_between(const struct dedup *s, uint64_t hash, size_t from, size_t to)
{
    size_t oldest = s->count - dedup_held(s);

    for (size_t i = from > oldest ? from : oldest; i < to; i++) {
        if (s->ring[i & (s->room - 1)] == hash) {
            return true;
        }
    }
    return false;
}

void
dedup_fini(struct dedup *s)
{
    free(s->ring);
    *s = (struct dedup){0};
}

void
pending_dups_add(struct pending_dups *e, uint64_t hash)
{
    if ((e->count & (e->count - 1)) == 0) { /* full at every power of two */
        e->hashes = mem_resize(e->hashes, (e->count > 0 ? 2 * e->count : 1) * sizeof(*e->hashes));
    }
    e->hashes[e->count++] = hash;
}

bool
pending_dups_take(struct pending_dups *e, uint64_t hash)
{
    for (size_t i = 0; i < e->count; i++) {
        if (e->hashes[i] == hash) {
            e->hashes[i] = e->hashes[--e->count];
            if (e->count == 0) {
                pending_dups_clear(e);
            }
            return true;
        }
    }
    return false;
}

void
pending_dups_clear(struct pending_dups *e)
{
    free(e->hashes);
    e->hashes = NULL;
    e->count = 0;
}
