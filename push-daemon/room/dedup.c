/* dedup.c - which messages came lately, by a fingerprint of their bytes. */
#include "push-daemon/room/dedup.h"

#include <stdlib.h>

#include "lib/mem.h"

void
dedup_add(struct dedup *s, uint64_t hash)
{
    if (s->count == s->room && s->room < DEDUP_MAX) { /* full: it grows, up to its limit */
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
dedup_at(const struct dedup *s, size_t i)
{
    return s->ring[(s->count - dedup_held(s) + i) % s->room];
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
pending_dups_add(struct pending_dups *p, uint64_t hash)
{
    if ((p->count & (p->count - 1)) == 0) { /* full at every power of two */
        p->hashes = mem_resize(p->hashes, (p->count > 0 ? 2 * p->count : 1) * sizeof(*p->hashes));
    }
    p->hashes[p->count++] = hash;
}

bool
pending_dups_take(struct pending_dups *p, uint64_t hash)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->hashes[i] == hash) {
            p->hashes[i] = p->hashes[--p->count];
            if (p->count == 0) {
                pending_dups_clear(p);
            }
            return true;
        }
    }
    return false;
}

void
pending_dups_clear(struct pending_dups *p)
{
    free(p->hashes);
    p->hashes = NULL;
    p->count = 0;
}
