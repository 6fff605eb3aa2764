/* sharded.h - what is different in a subscription to sharded channels of a cluster: each of them is
 * where its slot is. For subscriber.c alone. */
#ifndef PUSH_REDIS_SHARDED_H
#define PUSH_REDIS_SHARDED_H

#include <stdbool.h>

#include "lib/redis/resp.h"
#include "lib/str.h"

struct subscriber;

/* The connection is up: asks for all groups, each by itself, as a command may name channels of one
 * slot only. */
void sharded_ask_for_each(struct subscriber *s);

/* An acknowledgement; or Redis unsubscribes by itself, as the slot has gone. */
void sharded_on_answer(struct subscriber *s, struct str kind, struct str name);

/* False: the connection is of no use. */
bool sharded_take_error(struct subscriber *s, const struct reply *reply);

/* Is an answer overdue? */
bool sharded_is_stuck(const struct subscriber *s);

#endif
