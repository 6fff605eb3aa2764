/* set.h - the members of a set of nodes: for nodes.c and cluster.c. */
#ifndef PUSH_NODES_SET_H
#define PUSH_NODES_SET_H

#include <stddef.h>
#include <stdint.h>

#include "lib/cluster/place.h"
#include "lib/redis/keys.h"
#include "lib/str.h"
#include "push-daemon/nodes/node.h"

struct cluster;
struct env;

struct member {
    struct node *node;
    int64_t unused_ms; /* since when it has no slots, on loop_now_ms(); 0: it has some */
};

struct nodes {
    const struct env *env;
    struct str daemon_id; /* this daemon's name at Redis */
    struct node_events events;
    struct member *members;
    size_t count;
    struct cluster *cluster; /* NULL: one Redis, and so exactly one node; it has all keys */
};

/* The slot of a name; SLOT_NONE without a cluster. */
int set_slot_of(const struct nodes *set, enum key_kind kind, struct str id);

/* Takes the node over. */
void set_add(struct nodes *set, struct node *node);

/* NULL: there is none at that place. */
struct node *set_find(const struct nodes *set, const struct place *place);

/* Which members have slots? All of them have none from now on, unless they had none before; but
 * those for which set_use() is called then. A node that is to have some is used as well. */
void set_begin_count(struct nodes *set, int64_t now_ms);
void set_use(struct nodes *set, const struct node *node);

#endif
