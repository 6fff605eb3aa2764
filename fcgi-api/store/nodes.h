/* nodes.h - the nodes of a cluster: which one has a slot, and its connection.
 *
 * A process learns of the cluster from its commands. The first one goes to any node of
 * redis.cluster, and on to where that says (MOVED). Before the next one the map of all slots is
 * read; and again before the one that follows a MOVED, or after a node has failed. So a CGI whose
 * request costs one command reads no map. */
#ifndef API_STORE_NODES_H
#define API_STORE_NODES_H

#include "fcgi-api/store/node.h"
#include "lib/cluster/redirection.h"

struct nodes;

struct nodes *nodes_create(const struct config *config);
void nodes_destroy(struct nodes *n); /* NULL is fine */

/* To be called before a command. Reads the map if that is wanted, but takes a part of the time
 * until the deadline alone; if it cannot be read, the old one is in force. */
void nodes_begin(struct nodes *n, int64_t deadline_ms);

/* Where a command of that slot is to be sent: SLOT_NONE: to any node. */
void nodes_find(struct nodes *n, int slot, struct place *place);

/* The node at that place. It lives until the next call. */
struct node *nodes_at(struct nodes *n, const struct place *place);

/* A MOVED has come. */
void nodes_move(struct nodes *n, const struct redirection *r);

/* Something is not as the map has it. */
void nodes_want_map(struct nodes *n);

/* The node at *place has failed: reads the map from another one. Returns false if it cannot be read
 * in time, or has no other place for that slot. */
bool nodes_elsewhere(struct nodes *n, int slot, struct place *place, int64_t deadline_ms);

#endif
