/* scout.h - keeps the map of a cluster fresh: asks its nodes what each of them knows.
 *
 * At first, and if no node has answered for 2 s, those of redis.cluster are asked, over connections
 * of the scout's own. Else one node after the other is asked over its command connection: each of
 * them at least every five seconds, if there are no more than twenty. Whoever has seen a sign that
 * the map is old hurries the scout: the next question goes out at once, but no more than ten a
 * second. */
#ifndef PUSH_NODES_SCOUT_H
#define PUSH_NODES_SCOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;
struct node;
struct scout;
struct topology;

struct scout_hooks {
    void *ctx;
    size_t (*count)(const void *ctx); /* of the nodes */
    struct node *(*at)(const void *ctx, size_t i);
    /* An answer was taken. changed: slots have other owners now. */
    void (*on_map)(void *ctx, bool changed);
};

/* The map is the caller's. */
struct scout *scout_create(const struct env *env, struct topology *map,
                           const struct scout_hooks *hooks);
void scout_destroy(struct scout *s); /* NULL is fine; before the nodes, or after them */

void scout_start(struct scout *s);
void scout_hurry(struct scout *s);

/* When it began, or an answer came last; on loop_now_ms(). */
int64_t scout_heard_ms(const struct scout *s);

/* What is to be sent to the nodes of redis.cluster goes out. Call it at the end of each turn. */
void scout_flush(struct scout *s);

#endif
