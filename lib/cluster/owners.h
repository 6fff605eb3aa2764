/* owners.h - which slot of a cluster is served where; for topology.c alone. */
#ifndef LIB_CLUSTER_OWNERS_H
#define LIB_CLUSTER_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cluster/place.h"
#include "lib/cluster/slot.h"

struct owners {
    struct place *places;
    int *slots; /* of each place, how many */
    size_t count, room;
    int16_t of[SLOT_COUNT]; /* of places; -1: nobody */
};

/* No slot has an owner. */
void owners_init(struct owners *o);
void owners_fini(struct owners *o);

/* A place that has lost its last slot makes room for another one. */
void owners_set(struct owners *o, int slot, const struct place *place);

/* NULL: nobody. */
const struct place *owners_get(const struct owners *o, int slot);

int owners_unserved(const struct owners *o);

/* Has each slot the same owner in both? */
bool owners_are_same(const struct owners *a, const struct owners *b);

#endif
