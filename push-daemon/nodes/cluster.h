/* cluster.h - the nodes of a Redis Cluster: which of them has a slot, and when they come and go.
 *
 * A node is made when the map says that a place has slots. The parts above are told when slots have
 * other owners (on_map): rooms leave for the node that has theirs now. A node whose last slot has
 * gone answers for some seconds yet, as it may know what became of commands; then it goes. */
#ifndef PUSH_NODES_CLUSTER_H
#define PUSH_NODES_CLUSTER_H

#include <stdbool.h>

#include "lib/redis/argv.h"
#include "push-daemon/redis/reply_queue.h"

struct cluster;
struct node;
struct nodes;

struct cluster *cluster_create(struct nodes *set);
void cluster_destroy(struct cluster *c); /* before the nodes; NULL is fine */
void cluster_start(struct cluster *c);

/* The node that has a slot. SLOT_NONE: any node that takes commands. NULL: there is none. */
struct node *cluster_node(const struct cluster *c, int slot);

/* Is that slot on the move? Its keys may be at either of two nodes then. */
bool cluster_is_open(const struct cluster *c, int slot);

/* As in redirect.h and, if it has steps, in sequence.h. */
bool cluster_send(struct cluster *c, const struct argv *argv, bool is_script, reply_fn *fn,
                  void *arg);
bool cluster_try(struct cluster *c, const struct argv *argv, reply_fn *fn, void *arg);

/* Do nodes that take commands have more than half of the slots? */
bool cluster_takes_commands(const struct cluster *c);
/* And are their subscriptions alive? */
bool cluster_is_ready(const struct cluster *c);

/* The metrics that only a cluster has. */
void cluster_measure(const struct cluster *c);

void cluster_every_second(struct cluster *c);
void cluster_flush(struct cluster *c);

#endif
