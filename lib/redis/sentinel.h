/* sentinel.h - where is the master? Redis Sentinel knows (redis.io, "Guidelines for Redis clients with
 * support for Redis Sentinel"). */
#ifndef LIB_REDIS_SENTINEL_H
#define LIB_REDIS_SENTINEL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/redis/argv.h"
#include "lib/config/config.h"
#include "lib/redis/resp.h"

/* Is Sentinel to be asked at all? */
bool sentinel_is_used(const struct config *config);

/* A place where a Redis or a Sentinel listens, in the form that resp_connect() takes. */
struct redis_addr {
    struct config_redis redis; /* the settings', with another host, port and no socket */
    char address[RESP_ADDRESS_SIZE];
    int64_t epoch; /* of a master: the later the failover, the higher */
};

bool sentinel_is_same(const struct redis_addr *a, const struct redis_addr *b);

/* The number i of redis.sentinels, from 0 on. False: there are not so many. */
bool sentinel_at(const struct config *config, size_t i, struct redis_addr *place);

/* What to ask each of them, in this order. One that was cut off, or has just been started, still knows an old master:
 * of several answers the one with the highest epoch is right.
 *
 * (In this order, as a failover may come between: an old epoch with a new master does no harm. The address stands in
 * the first answer as well, but there it is the old one until all replicas have been told.) */
void sentinel_ask_epoch(struct argv *c, const struct config *config);
void sentinel_ask_address(struct argv *c, const struct config *config);

/* 0: it says none. */
int64_t sentinel_epoch(const struct reply *reply);

/* All of *master but its epoch. False: it does not know the master. */
bool sentinel_take(const struct config *config, const struct reply *reply,
                   struct redis_addr *master);

#endif
