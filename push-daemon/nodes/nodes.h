/* nodes.h - the set of masters that have our keys, each of them a node (node.h).
 *
 * One Redis, by itself or with Sentinels, is a set of exactly one node: it has all keys. A Redis
 * Cluster is a set of many: each has some of the slots, and a group, with all of its keys and
 * channels, is in one slot (cluster.h). */
#ifndef PUSH_NODES_NODES_H
#define PUSH_NODES_NODES_H

#include <stdbool.h>

#include "lib/redis/argv.h"
#include "lib/redis/resp.h"
#include "lib/str.h"
#include "push-daemon/redis/reply_queue.h"

struct config;
struct env;
struct node;
struct node_events;
struct nodes;

/* daemon_id: this daemon's name at Redis, kept by the caller. NULL: the settings' Redis has no
 * address, and that was logged. */
struct nodes *nodes_create(const struct env *env, struct str daemon_id);
void nodes_destroy(struct nodes *set); /* NULL is fine */

/* Begins to connect. */
void nodes_start(struct nodes *set, const struct node_events *events);

/* Sends a command to the node that has its first key; as commands_send() and commands_send_script()
 * otherwise. What is sent to one node is carried out in the order of the calls. */
bool nodes_send(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg);
bool nodes_send_script(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg);

/* As nodes_send_script(), for who asks again by itself: if the slot is on the move, and keys are at
 * two nodes, that is the answer. */
bool nodes_try_script(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg);

/* Are commands answered? On a cluster: those to more than half of its slots. */
bool nodes_take_commands(const struct nodes *set);

/* The node that has all of a group. NULL: none does now. */
struct node *nodes_of(const struct nodes *set, struct str group);

/* Of a cluster: is the group's slot on the move? What is stored at the node that takes it over is
 * not heard at the other one, until it is that node's own. */
bool nodes_is_open(const struct nodes *set, struct str group);

/* True if clients can be served: commands are answered, and subscriptions live. Likewise. */
bool nodes_are_ready(const struct nodes *set);

void nodes_every_second(struct nodes *set);

/* At the end of each turn, in this order: a step of the failover; then all that is to be sent goes
 * out. */
void nodes_failover_step(struct nodes *set);
void nodes_flush(struct nodes *set);

#endif
