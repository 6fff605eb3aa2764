/* seen.c - which messages were seen lately, by a fingerprint of their bytes. */
#include "push-daemon/seen.h"

#include <stdlib.h>

#include "lib/mem.h"

void
seen_add(struct seen *s, uint64_t hash)
{
    if (s->count == s->room && s->room < SEEN_MAX) { /* grows until it is worth going round */
        s->room = s->room > 0 ? 2 * s->room : 8;
        s->ring = mem_resize(s->ring, s->room * sizeof(*s->ring));
    }
    s->ring[s->count++ % s->room] = hash;
}

size_t
seen_held(const struct seen *s)
{
    return s->count < s->room ? s->count : s->room;
}

uint64_t
seen_at(const struct seen *s, size_t place)
{
    return s->ring[(s->count - seen_held(s) + place) % s->room];
}

bool
seen_has(const struct seen *s, uint64_t hash)
{
    return seen_between(s, hash, 0, s->count);
}

bool
seen_between(const struct seen *s, uint64_t hash, size_t from, size_t to)
{
    size_t oldest = s->count - seen_held(s);

    for (size_t i = from > oldest ? from : oldest; i < to; i++) {
        if (s->ring[i & (s->room - 1)] == hash) {
            return true;
        }
    }
    return false;
}

void
seen_fini(struct seen *s)
{
    free(s->ring);
    *s = (struct seen){0};
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
