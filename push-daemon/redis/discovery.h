/* discovery.h - where is Redis now: as the settings say, or as that Sentinel says which knows of the last failover. */
#ifndef PUSH_REDIS_DISCOVERY_H
#define PUSH_REDIS_DISCOVERY_H

#include "lib/config/config.h"
#include "lib/redis/sentinel.h"

struct discovery;
struct loop;

/* NULL: none of the Sentinels knew. */
typedef void discovery_fn(void *arg, const struct redis_addr *place);

/* Looks redis.host up, once. NULL: it has no address, and that was logged. */
struct discovery *discovery_create(struct loop *loop, const struct config *config, discovery_fn *fn,
                                   void *arg);
void discovery_destroy(struct discovery *f); /* NULL is fine */

/* fn is called later; and then again (never with NULL) when the Sentinels name another place, which they are asked
 * every second. */
void discovery_begin(struct discovery *f);

/* fn is not called any more. */
void discovery_rest(struct discovery *f);

#endif
