/* cluster.c - the nodes of a Redis Cluster: which of them has a slot, and when they come and go. */
#include "push-daemon/nodes/cluster.h"

#include <stdlib.h>

#include "lib/cluster/redirection.h"
#include "lib/cluster/slot.h"
#include "lib/cluster/topology.h"
#include "lib/cluster/view.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/nodes/redirect.h"
#include "push-daemon/nodes/scout.h"
#include "push-daemon/nodes/sequence.h"
#include "push-daemon/nodes/set.h"
#include "push-daemon/nodes/slots.h"

enum {
    LINGER_MS = 5000 /* a node without slots goes after that */
};

struct cluster {
    struct nodes *set;
    struct topology *map;
    struct scout *scout;
    struct redirects *redirects;
    struct sequences *sequences;
    struct node *of_slot[SLOT_COUNT]; /* NULL: nobody is known to serve it */
    int events_slot;                  /* of the channel for all daemons */
    int words_slot;
    struct node *tells_all; /* where we listen to that channel; or NULL */
    bool is_in_doubt;       /* something says that the map is old */
};

/* ---- nodes ---- */

static void cluster_on_commands(void *ctx, struct node *node);
static void cluster_on_redirected(void *ctx, struct node *node, const struct redirection *r);
static void cluster_on_lost_all(void *ctx, struct node *node);
static void cluster_on_doubt(void *ctx, struct node *node);

static struct node *
cluster_make(struct cluster *c, const struct place *place)
{
    const struct node_hooks hooks = {c, cluster_on_commands, cluster_on_redirected,
                                     cluster_on_lost_all, cluster_on_doubt};
    struct node *node;

    if (c->set->count >= VIEW_NODES_MAX) { /* more than a cluster can have */
        return NULL;
    }
    node = node_create(c->set->env, c->set->daemon_id, place, &hooks);
    set_add(c->set, node);
    node_start(node, &c->set->events);
    return node;
}

static struct node *
cluster_find_or_make(struct cluster *c, const struct place *place)
{
    struct node *node = set_find(c->set, place);

    return node != NULL ? node : cluster_make(c, place);
}

/* ---- the map ---- */

static void
cluster_listen_to_all(struct cluster *c)
{
    struct node *node = c->of_slot[c->events_slot];

    if (node == c->tells_all) {
        return;
    }
    if (c->tells_all != NULL) {
        node_unsubscribe(c->tells_all, str_make("", 0));
    }
    if (node != NULL) {
        node_subscribe(node, str_make("", 0));
    }
    c->tells_all = node;
}

/* Neighbouring slots have one owner, mostly. */
static void
cluster_read_map(struct cluster *c)
{
    const struct place *last = NULL;
    struct node *node = NULL;

    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        const struct place *place = topology_owner(c->map, slot);

        if (place != last) {
            node = place != NULL ? cluster_find_or_make(c, place) : NULL;
            last = place;
        }
        c->of_slot[slot] = place != NULL ? node : NULL;
    }
}

static void
cluster_on_map(void *ctx, bool changed)
{
    struct cluster *c = ctx;

    if (changed) {
        cluster_read_map(c);
        log_info("cluster-map nodes=%zu unserved=%d open=%d", topology_owners(c->map),
                 topology_unserved(c->map), topology_open(c->map));
    }
    if (changed || c->is_in_doubt) {
        c->is_in_doubt = false;
        cluster_listen_to_all(c);
        c->set->events.settle(c->set->events.appender);
        c->set->events.on_map(c->set->events.hub);
    }
}

/* The slot is on the move. The node that takes it over may have no slots yet. */
static void
cluster_on_ask(struct cluster *c, const struct node *node, const struct redirection *r)
{
    set_use(c->set, cluster_find_or_make(c, &r->place));
    if (topology_ask(c->map, r->slot, node_place(node))) {
        c->set->events.on_map(c->set->events.hub);
    }
}

/* A new master may have other words than the one before. */
static void
cluster_on_commands(void *ctx, struct node *node)
{
    struct cluster *c = ctx;

    redirects_go_on(c->redirects);
    if (c->of_slot[c->words_slot] == node) {
        c->set->events.on_stale(c->set->events.words);
    }
}

static void
cluster_on_redirected(void *ctx, struct node *node, const struct redirection *r)
{
    struct cluster *c = ctx;
    int64_t now = loop_now_ms(c->set->env->loop);

    if (r->kind > REDIRECTION_NONE && r->kind < REDIRECTION__MAX) {
        c->set->env->metrics->redirects[r->kind - REDIRECTION_MOVED]++;
    }
    if (r->kind == REDIRECTION_MOVED && topology_move(c->map, r->slot, &r->place, now)) {
        c->of_slot[r->slot] = cluster_find_or_make(c, &r->place);
    } else if (r->kind == REDIRECTION_ASK) {
        cluster_on_ask(c, node, r);
    }
    if (r->kind == REDIRECTION_MOVED || r->kind == REDIRECTION_DOWN) {
        cluster_on_doubt(c, node);
    }
}

static void
cluster_on_lost_all(void *ctx, struct node *node)
{
    struct cluster *c = ctx;

    if (c->tells_all == node) {
        c->tells_all = NULL;
    }
}

static void
cluster_on_doubt(void *ctx, struct node *node)
{
    struct cluster *c = ctx;

    (void)node;
    c->is_in_doubt = true;
    scout_hurry(c->scout);
}

/* ---- what others ask ---- */

struct node *
cluster_node(const struct cluster *c, int slot)
{
    if (slot != SLOT_NONE) {
        return c->of_slot[slot];
    }
    for (size_t i = 0; i < c->set->count; i++) {
        if (node_takes_commands(c->set->members[i].node)) {
            return c->set->members[i].node;
        }
    }
    return NULL;
}

bool
cluster_is_open(const struct cluster *c, int slot)
{
    return topology_is_open(c->map, slot);
}

bool
cluster_try(struct cluster *c, const struct argv *argv, reply_fn *fn, void *arg)
{
    return redirects_try(c->redirects, argv, fn, arg);
}

bool
cluster_send(struct cluster *c, const struct argv *argv, bool is_script, reply_fn *fn, void *arg)
{
    return argv->step_count > 0 ? sequences_send(c->sequences, argv, fn, arg)
                                : redirects_send(c->redirects, argv, is_script, fn, arg);
}

bool
cluster_takes_commands(const struct cluster *c)
{
    return slots_count(c->of_slot, node_takes_commands) > SLOT_COUNT / 2;
}

bool
cluster_is_ready(const struct cluster *c)
{
    return slots_count(c->of_slot, node_is_ready) > SLOT_COUNT / 2;
}

/* ---- by time ---- */

void
cluster_measure(const struct cluster *c)
{
    struct metrics *metrics = c->set->env->metrics;
    int served = slots_count(c->of_slot, node_takes_commands);

    metrics->slots_unserved = (uint64_t)(SLOT_COUNT - served);
    metrics->map_age_ms = (uint64_t)(loop_now_ms(c->set->env->loop) - scout_heard_ms(c->scout));
}

static void
cluster_give_up(struct cluster *c, size_t i)
{
    struct node *node = c->set->members[i].node;

    c->set->members[i] = c->set->members[--c->set->count];
    cluster_on_lost_all(c, node);
    node_drop(node, "it has no slots any more");
    c->set->events.on_gone(c->set->events.hub, node);
    node_destroy(node);
}

void
cluster_every_second(struct cluster *c)
{
    int64_t now = loop_now_ms(c->set->env->loop);

    set_begin_count(c->set, now);
    slots_use(c->of_slot, c->set);
    for (size_t i = c->set->count; i > 0; i--) {
        int64_t since = c->set->members[i - 1].unused_ms;

        if (since != 0 && now - since > LINGER_MS) {
            cluster_give_up(c, i - 1);
        }
    }
}

void
cluster_flush(struct cluster *c)
{
    scout_flush(c->scout);
}

/* ---- life ---- */

static size_t
cluster_count(const void *ctx)
{
    const struct cluster *c = ctx;

    return c->set->count;
}

static struct node *
cluster_at(const void *ctx, size_t i)
{
    const struct cluster *c = ctx;

    return c->set->members[i].node;
}

static struct node *
cluster_of_slot(const void *ctx, int slot)
{
    return cluster_node(ctx, slot);
}

static struct node *
cluster_of_place(const void *ctx, const struct place *place)
{
    const struct cluster *c = ctx;

    return set_find(c->set, place);
}

struct cluster *
cluster_create(struct nodes *set)
{
    struct cluster *c = mem_zalloc(sizeof(*c));
    const struct scout_hooks scout_hooks = {c, cluster_count, cluster_at, cluster_on_map};
    const struct redirect_hooks redirect_hooks = {c, cluster_of_slot, cluster_of_place};

    c->set = set;
    redis_clock_init(set->env->redis_clock, set->env->metrics); /* ours: nodes have their own */
    c->map = topology_create();
    c->scout = scout_create(set->env, c->map, &scout_hooks);
    c->redirects = redirects_create(set->env->loop, &redirect_hooks);
    c->sequences = sequences_create(c->redirects);
    c->events_slot = set_slot_of(set, KEY_EVENTS, str_make("", 0));
    c->words_slot = set_slot_of(set, KEY_WORDS, str_make("", 0));
    return c;
}

void
cluster_start(struct cluster *c)
{
    scout_start(c->scout);
}

void
cluster_destroy(struct cluster *c)
{
    if (c != NULL) {
        scout_destroy(c->scout);
        sequences_destroy(c->sequences);
        redirects_destroy(c->redirects);
        topology_destroy(c->map);
        free(c);
    }
}
