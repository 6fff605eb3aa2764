/* health.h - push.health: what the daemon says of itself over HTTP, for its operators.
 *
 *   /healthz   200: the loop turns
 *   /readyz    200: Redis answers and the subscription lives; else 503, and why
 *   /metrics   Prometheus' text format */
#ifndef PUSH_OPS_HEALTH_H
#define PUSH_OPS_HEALTH_H

#include <stddef.h>

struct env;
struct health;
struct metrics;

/* NULL: it cannot listen, and that was logged. If push.health is empty nobody can ask it. */
struct health *health_create(const struct env *env, const struct metrics *slots, size_t count);
/* Hangs up on clients that are too slow. */
void health_every_second(struct health *h); /* NULL is fine */
void health_destroy(struct health *h);      /* NULL is fine */

#endif
