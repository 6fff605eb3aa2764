/* slots.h - the node of each slot, as a cluster has them: of[SLOT_COUNT], NULL if nobody is known
 * to serve it. For cluster.c alone. */
#ifndef PUSH_NODES_SLOTS_H
#define PUSH_NODES_SLOTS_H

#include <stdbool.h>

#include "lib/cluster/slot.h"

struct node;
struct nodes;

/* How many slots have a node that is well. */
int slots_count(struct node *const of[SLOT_COUNT], bool (*is_well)(const struct node *));

/* set_use() for each node that has slots. */
void slots_use(struct node *const of[SLOT_COUNT], struct nodes *set);

#endif
