/* sentinel.h - where is the master? Redis Sentinel knows (redis.io, "Guidelines for Redis clients with
 * support for Redis Sentinel"). */
#ifndef LIB_SENTINEL_H
#define LIB_SENTINEL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/command.h"
#include "lib/config.h"
#include "lib/resp.h"

/* Is Sentinel to be asked at all? */
bool sentinel_is_used(const struct config *config);

/* A place where a Redis or a Sentinel listens, in the form that resp_connect() takes. */
struct sentinel_place {
    struct config_redis redis; /* the settings', with another host, port and no socket */
    char address[RESP_ADDRESS_SIZE];
};

/* The number i of redis.sentinels, from 0 on. False: there are not so many. */
bool sentinel_at(const struct config *config, size_t i, struct sentinel_place *place);

/* What to ask it, and what to make of the answer. False: it does not know the master. */
void sentinel_ask(struct command *c, const struct config *config);
bool sentinel_take(const struct config *config, const struct reply *reply,
                   struct sentinel_place *master);

/* redis.sentinels as text: is each word ADDRESS:PORT? */
bool sentinel_list_is_valid(const char *list);

#endif
