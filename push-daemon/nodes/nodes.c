/* nodes.c - the set of masters that have our keys. */
#include "push-daemon/nodes/nodes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/config/config.h"
#include "lib/mem.h"
#include "push-daemon/core/env.h"
#include "push-daemon/nodes/cluster.h"
#include "push-daemon/nodes/set.h"

/* One Redis has all keys. */
static struct node *
nodes_only(const struct nodes *set)
{
    return set->members[0].node;
}

/* ---- sending ---- */

struct node *
nodes_of(const struct nodes *set, struct str group)
{
    if (set->cluster == NULL) {
        return nodes_only(set);
    }
    return cluster_node(set->cluster, set_slot_of(set, KEY_MESSAGES, group));
}

bool
nodes_is_open(const struct nodes *set, struct str group)
{
    return set->cluster != NULL &&
           cluster_is_open(set->cluster, set_slot_of(set, KEY_MESSAGES, group));
}

bool
nodes_send(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg)
{
    if (set->cluster != NULL) {
        return cluster_send(set->cluster, argv, false, fn, arg);
    }
    return node_send(nodes_only(set), argv, fn, arg);
}

bool
nodes_send_script(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg)
{
    if (set->cluster != NULL) {
        return cluster_send(set->cluster, argv, true, fn, arg);
    }
    return node_send_script(nodes_only(set), argv, fn, arg);
}

bool
nodes_try_script(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg)
{
    if (set->cluster != NULL) {
        return cluster_try(set->cluster, argv, fn, arg);
    }
    return node_send_script(nodes_only(set), argv, fn, arg);
}

bool
nodes_take_commands(const struct nodes *set)
{
    if (set->cluster != NULL) {
        return cluster_takes_commands(set->cluster);
    }
    return node_takes_commands(nodes_only(set));
}

/* ---- by time, and by turns ---- */

bool
nodes_are_ready(const struct nodes *set)
{
    return set->cluster != NULL ? cluster_is_ready(set->cluster) : node_is_ready(nodes_only(set));
}

/* Of several nodes, the worst one counts. */
static void
nodes_measure(const struct nodes *set)
{
    struct metrics *metrics = set->env->metrics;
    uint64_t up[METRICS_CONNECTIONS] = {0};
    int64_t silence_ms = 0;

    for (size_t i = 0; i < set->count; i++) {
        const struct node *node = set->members[i].node;

        up[0] += node_takes_commands(node);
        up[1] += node_is_subscribed(node);
        silence_ms = node_silence_ms(node) > silence_ms ? node_silence_ms(node) : silence_ms;
    }
    metrics->redis_nodes = set->count;
    memcpy(metrics->nodes_up, up, sizeof(up));
    metrics->redis_subscription = set->count > 0 && up[1] == set->count;
    metrics->probe_age_ms = (uint64_t)silence_ms;
    if (set->cluster != NULL) {
        cluster_measure(set->cluster);
    }
}

void
nodes_every_second(struct nodes *set)
{
    bool any_sends = false;

    nodes_measure(set);
    for (size_t i = 0; i < set->count; i++) {
        any_sends = node_every_second(set->members[i].node) || any_sends;
    }
    if (any_sends) {
        set->events.retry(set->events.hub);
    }
    if (set->cluster != NULL) {
        cluster_every_second(set->cluster);
    }
}

void
nodes_failover_step(struct nodes *set)
{
    for (size_t i = 0; i < set->count; i++) {
        node_failover_step(set->members[i].node);
    }
}

void
nodes_flush(struct nodes *set)
{
    for (size_t i = 0; i < set->count; i++) {
        node_flush(set->members[i].node);
    }
    if (set->cluster != NULL) {
        cluster_flush(set->cluster);
    }
}

/* ---- life ---- */

/* False: the settings' Redis has no address. */
static bool
nodes_add_only(struct nodes *set)
{
    struct node *node = node_create(set->env, set->daemon_id, NULL, NULL);

    if (node == NULL) {
        return false;
    }
    set_add(set, node);
    return true;
}

struct nodes *
nodes_create(const struct env *env, struct str daemon_id)
{
    struct nodes *set = mem_zalloc(sizeof(*set));

    set->env = env;
    set->daemon_id = daemon_id;
    if (config_is_cluster(&env->config->redis)) {
        set->cluster = cluster_create(set);
    } else if (!nodes_add_only(set)) {
        free(set);
        return NULL;
    }
    return set;
}

void
nodes_start(struct nodes *set, const struct node_events *events)
{
    set->events = *events;
    if (set->cluster != NULL) {
        cluster_start(set->cluster);
    } else {
        node_start(nodes_only(set), &set->events);
    }
}

void
nodes_destroy(struct nodes *set)
{
    if (set == NULL) {
        return;
    }
    cluster_destroy(set->cluster);
    for (size_t i = 0; i < set->count; i++) {
        node_destroy(set->members[i].node);
    }
    free(set->members);
    free(set);
}
