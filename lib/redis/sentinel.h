/* sentinel.h - asks Redis Sentinel for the master's address (redis.io, "Guidelines for Redis
 * clients with support for Redis Sentinel"). */
#ifndef LIB_REDIS_SENTINEL_H
#define LIB_REDIS_SENTINEL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/cluster/place.h"
#include "lib/redis/argv.h"
#include "lib/config/config.h"
#include "lib/redis/resp.h"

/* Does redis.sentinels name any? */
bool sentinel_is_used(const struct config *config);

/* The address of a Redis or a Sentinel, in the form that resp_connect() takes. May be copied. */
struct redis_addr {
    struct config_redis redis; /* the settings, with another port, no host and no socket */
    char address[RESP_ADDRESS_SIZE];
    int64_t epoch; /* of a master: a later failover has a higher one */
};

bool sentinel_is_same(const struct redis_addr *a, const struct redis_addr *b);

/* Fills in *addr, except its epoch: the Redis at that place, a node of a cluster for example. */
void sentinel_addr_of(const struct config *config, const struct place *place,
                      struct redis_addr *addr);

/* Fills in number i of redis.sentinels, from 0 on. Returns false if there are not so many. */
bool sentinel_at(const struct config *config, size_t i, struct redis_addr *addr);

/* The two commands for each Sentinel, in this order. A Sentinel that was cut off, or has just been
 * started, still knows an old master: of several answers the one with the highest epoch is right.
 *
 * Why in this order: a failover may come between them, and an old epoch with a new address does no
 * harm. The first reply has an address too, but the old one until all replicas were told. */
void sentinel_ask_epoch(struct argv *c, const struct config *config);
void sentinel_ask_address(struct argv *c, const struct config *config);

/* The epoch in the first reply; 0: there is none. */
int64_t sentinel_epoch(const struct reply *reply);

/* Fills in *master, except its epoch, from the second reply. Returns false if this Sentinel does
 * not know the master. */
bool sentinel_take(const struct config *config, const struct reply *reply,
                   struct redis_addr *master);

#endif
