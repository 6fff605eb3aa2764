/* nodes.c - the set of masters that have our keys. */
#include "push-daemon/nodes/nodes.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/nodes/node.h"

struct nodes {
    struct node *only; /* it has all keys */
    struct node_events events;
};

/* ---- sending ---- */

struct node *
nodes_of(const struct nodes *set, struct str group)
{
    (void)group;
    return set->only;
}

bool
nodes_send(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg)
{
    return node_send(set->only, argv, fn, arg);
}

bool
nodes_send_script(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg)
{
    return node_send_script(set->only, argv, fn, arg);
}

bool
nodes_take_commands(const struct nodes *set)
{
    return node_takes_commands(set->only);
}

/* ---- by time, and by turns ---- */

bool
nodes_are_ready(const struct nodes *set)
{
    return node_is_ready(set->only);
}

void
nodes_every_second(struct nodes *set)
{
    if (node_every_second(set->only)) {
        set->events.retry(set->events.hub);
    }
}

void
nodes_failover_step(struct nodes *set)
{
    node_failover_step(set->only);
}

void
nodes_flush(struct nodes *set)
{
    node_flush(set->only);
}

/* ---- life ---- */

struct nodes *
nodes_create(const struct env *env, struct str node_id)
{
    struct nodes *set = mem_zalloc(sizeof(*set));

    set->only = node_create(env, node_id);
    if (set->only == NULL) {
        free(set);
        return NULL;
    }
    return set;
}

void
nodes_start(struct nodes *set, const struct node_events *events)
{
    set->events = *events;
    node_start(set->only, &set->events);
}

void
nodes_destroy(struct nodes *set)
{
    if (set != NULL) {
        node_destroy(set->only);
        free(set);
    }
}
