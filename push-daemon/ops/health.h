/* health.h - push.health: what the daemon says of itself over HTTP, for those who watch it.
 *
 *   /healthz   200: the loop turns
 *   /readyz    200: Redis answers and the subscription lives; else 503, and why
 *   /metrics   Prometheus' text format */
#ifndef PUSH_OPS_HEALTH_H
#define PUSH_OPS_HEALTH_H

#include <stddef.h>

#include "lib/config/config.h"

struct health;
struct loop;
struct metrics;

/* NULL: it is off, or cannot listen, which was logged: clients are served all the same. */
struct health *health_create(struct loop *loop, const struct config *config,
                             const struct metrics *places, size_t count);
void health_destroy(struct health *h); /* NULL is fine */

#endif
