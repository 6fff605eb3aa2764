/* finder.h - where is Redis now: as the settings say, or as that Sentinel says which knows of the last failover. */
#ifndef PUSH_FINDER_H
#define PUSH_FINDER_H

#include "lib/config/config.h"
#include "lib/redis/sentinel.h"

struct finder;
struct loop;

/* NULL: none of the Sentinels knew. */
typedef void found_fn(void *arg, const struct redis_addr *place);

/* Looks redis.host up, once. NULL: it has no address, and that was logged. */
struct finder *finder_create(struct loop *loop, const struct config *config, found_fn *fn,
                             void *arg);
void finder_destroy(struct finder *f); /* NULL is fine */

/* fn is called later; and then again (never with NULL) when the Sentinels name another place, which they are asked
 * every second. */
void finder_begin(struct finder *f);

/* fn is not called any more. */
void finder_rest(struct finder *f);

#endif
