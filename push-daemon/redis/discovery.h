/* discovery.h - where is Redis now? As the settings say; or, if there are Sentinels, as that one
 * says which knows of the latest failover. */
#ifndef PUSH_REDIS_DISCOVERY_H
#define PUSH_REDIS_DISCOVERY_H

#include "lib/config/config.h"
#include "lib/redis/sentinel.h"

struct discovery;
struct loop;
struct target;

/* addr NULL: none of the Sentinels knew. */
typedef void discovery_fn(void *arg, const struct redis_addr *addr);

/* A node of a cluster stays where it is. Else redis.host is looked up, once. NULL: it has no
 * address, and that was logged. */
struct discovery *discovery_create(struct loop *loop, const struct config *config,
                                   const struct target *target, discovery_fn *fn, void *arg);
void discovery_destroy(struct discovery *d); /* NULL is fine */

/* Calls fn in a later turn. The Sentinels are asked again every second, and if they name another
 * master, fn is called again (never with NULL). */
void discovery_begin(struct discovery *d);

/* From here on fn is not called. */
void discovery_rest(struct discovery *d);

#endif
