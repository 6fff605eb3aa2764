/* owners.c - which slot of a cluster is served where. */
#include "lib/cluster/owners.h"

#include <stdlib.h>

#include "lib/mem.h"

enum {
    NOBODY = -1
};

void
owners_init(struct owners *o)
{
    o->places = NULL;
    o->slots = NULL;
    o->count = 0;
    o->room = 0;
    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        o->of[slot] = NOBODY;
    }
}

void
owners_fini(struct owners *o)
{
    free(o->places);
    free(o->slots);
}

static size_t
owners_find(struct owners *o, const struct place *place)
{
    size_t unused = o->count;

    for (size_t i = 0; i < o->count; i++) {
        if (place_is_same(&o->places[i], place)) {
            return i;
        }
        unused = o->slots[i] == 0 ? i : unused;
    }
    if (unused == o->room) {
        o->room = o->room > 0 ? 2 * o->room : 8;
        o->places = mem_resize(o->places, o->room * sizeof(*o->places));
        o->slots = mem_resize(o->slots, o->room * sizeof(*o->slots));
    }
    o->count += unused == o->count;
    o->places[unused] = *place;
    o->slots[unused] = 0;
    return unused;
}

/* Of those in the table one slot each at least, or one without any: so the index fits. */
_Static_assert((int)SLOT_COUNT < INT16_MAX, "an index of places is an int16_t");

void
owners_set(struct owners *o, int slot, const struct place *place)
{
    size_t owner;

    if (o->of[slot] != NOBODY) {
        o->slots[o->of[slot]]--;
    }
    owner = owners_find(o, place);
    o->of[slot] = (int16_t)owner;
    o->slots[owner]++;
}

const struct place *
owners_get(const struct owners *o, int slot)
{
    return o->of[slot] != NOBODY ? &o->places[o->of[slot]] : NULL;
}

int
owners_unserved(const struct owners *o)
{
    int unserved = SLOT_COUNT;

    for (size_t i = 0; i < o->count; i++) {
        unserved -= o->slots[i];
    }
    return unserved;
}

bool
owners_are_same(const struct owners *a, const struct owners *b)
{
    const struct place *x_before = NULL, *y_before = NULL; /* which were the same */

    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        const struct place *x = owners_get(a, slot), *y = owners_get(b, slot);

        if ((x == x_before && y == y_before) || (x == NULL && y == NULL)) {
            continue;
        }
        if (x == NULL || y == NULL || !place_is_same(x, y)) {
            return false;
        }
        x_before = x;
        y_before = y;
    }
    return true;
}
