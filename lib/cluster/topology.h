/* topology.h - which node of a cluster serves which slot, made of what its nodes say.
 *
 * Nodes learn of a change one after the other. So of each slot that node is believed to be the
 * owner which says so itself, of several the one with the highest config epoch. Only if none of
 * those that were asked claims a slot, the others' word for it counts. A node that is marked as
 * failed owns nothing, nor one that has become a replica. An answer counts until the same node
 * gives another one, or until it is 10 s older than the newest one.
 *
 * MOVED says more about its slot than every answer of before it.
 *
 * While a slot moves, its keys may be at either of two nodes: it is open. */
#ifndef LIB_CLUSTER_TOPOLOGY_H
#define LIB_CLUSTER_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cluster/place.h"
#include "lib/str.h"

struct topology;

enum topology_news {
    TOPOLOGY_NONSENSE, /* no answer to CLUSTER NODES: nothing has changed */
    TOPOLOGY_SAME,     /* each slot has the owner of before, and is open or not as before */
    TOPOLOGY_CHANGED,
    TOPOLOGY_NEWS__MAX
};

/* It knows nothing at first. */
struct topology *topology_create(void);
void topology_destroy(struct topology *t); /* NULL is fine */

/* Takes the answer to CLUSTER NODES of the node at that place. now_ms: on clock_ms(). What the
 * functions below have returned is gone then. */
enum topology_news topology_take(struct topology *t, struct str nodes, const struct place *asked,
                                 int64_t now_ms);

/* Takes a MOVED. Returns whether the slot had another owner. What the functions below have returned
 * is gone then. */
bool topology_move(struct topology *t, int slot, const struct place *place, int64_t now_ms);

/* Takes an ASK of the node at that place: if it is the owner, the slot is open until it answers
 * anew. Returns whether it was not. */
bool topology_ask(struct topology *t, int slot, const struct place *from);

/* Has any node answered? */
bool topology_is_known(const struct topology *t);
/* When the newest answer came, on clock_ms(). */
int64_t topology_taken_ms(const struct topology *t);

/* Where a slot is served. NULL: nobody is known to. */
const struct place *topology_owner(const struct topology *t, int slot);
/* Is it on the move, as one of the two nodes says? */
bool topology_is_open(const struct topology *t, int slot);
/* How many slots are. */
int topology_open(const struct topology *t);
/* How many slots nobody is known to serve. */
int topology_unserved(const struct topology *t);

/* The owners, in no order: number i, from 0 on, and how many slots it has. Behind a MOVED one may
 * have none. */
size_t topology_owners(const struct topology *t);
const struct place *topology_owner_at(const struct topology *t, size_t i);
int topology_slots_of(const struct topology *t, size_t i);

/* Does the node at that place say of itself that it is a master, as far as its answer counts? */
bool topology_is_master(const struct topology *t, const struct place *place);

#endif
