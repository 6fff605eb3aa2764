/* nodes.c - the nodes of a cluster. */
#include "fcgi-api/store/nodes.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/cluster/slot.h"
#include "lib/cluster/topology.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"

enum {
    NODES_MAX = 64,    /* connections; the one that was not used for the longest time goes */
    ASKED_MAX = 16,    /* nodes, for one map */
    ASK_MS = 500,      /* that one of them may take */
    MAP_PAUSE_MS = 100 /* between two readings of the map */
};

struct nodes {
    const struct config *config;
    struct topology *map;
    struct node *all[NODES_MAX];
    size_t count;
    uint64_t turn;
    size_t seed; /* of redis.cluster: to be asked first */
    bool wants_map;
    int64_t read_ms; /* when the map was to be read last, on clock_ms() */
    struct argv argv;
};

struct nodes *
nodes_create(const struct config *config)
{
    struct nodes *n = mem_zalloc(sizeof(*n));
    struct place place;
    size_t seeds = 0;

    n->config = config;
    n->map = topology_create();
    argv_init(&n->argv);
    while (place_at(config->redis.cluster, seeds, &place)) {
        seeds++;
    }
    n->seed = (size_t)getpid() % seeds; /* CGIs share the work of the first step */
    n->read_ms = clock_ms() - MAP_PAUSE_MS;
    return n;
}

void
nodes_destroy(struct nodes *n)
{
    if (n == NULL) {
        return;
    }
    for (size_t i = 0; i < n->count; i++) {
        node_fini(n->all[i]);
        free(n->all[i]);
    }
    topology_destroy(n->map);
    argv_fini(&n->argv);
    free(n);
}

/* ---- nodes ---- */

static struct node *
nodes_new(struct nodes *n)
{
    struct node **oldest = &n->all[0];

    if (n->count < NODES_MAX) {
        n->all[n->count] = mem_alloc(sizeof(**n->all));
        return n->all[n->count++];
    }
    for (size_t i = 1; i < n->count; i++) {
        if (n->all[i]->turn < (*oldest)->turn) {
            oldest = &n->all[i];
        }
    }
    node_fini(*oldest);
    return *oldest;
}

struct node *
nodes_at(struct nodes *n, const struct place *place)
{
    struct node *node = NULL;

    for (size_t i = 0; i < n->count && node == NULL; i++) {
        if (place_is_same(&n->all[i]->wire.place, place)) {
            node = n->all[i];
        }
    }
    if (node == NULL) {
        node = nodes_new(n);
        node_init(node, n->config, place);
    }
    node->turn = ++n->turn;
    return node;
}

/* ---- the map ---- */

/* Those to be asked for the map, in this order: whoever is connected, the owners of slots, those of
 * the settings. */
struct asked {
    struct place places[ASKED_MAX];
    size_t count;
};

static void
asked_add(struct asked *a, const struct place *place, const struct place *but)
{
    if (a->count == ASKED_MAX || (but != NULL && place_is_same(place, but))) {
        return;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (place_is_same(&a->places[i], place)) {
            return;
        }
    }
    a->places[a->count++] = *place;
}

static void
nodes_choose_asked(const struct nodes *n, struct asked *a, const struct place *but)
{
    struct place place;
    size_t seeds = 0;

    for (size_t i = 0; i < n->count; i++) {
        if (wire_is_open(&n->all[i]->wire)) {
            asked_add(a, &n->all[i]->wire.place, but);
        }
    }
    while (place_at(n->config->redis.cluster, seeds, &place)) {
        seeds++;
    }
    for (size_t i = 0; i < topology_owners(n->map) && a->count + seeds < ASKED_MAX; i++) {
        asked_add(a, topology_owner_at(n->map, i), but);
    }
    for (size_t i = 0; i < seeds; i++) {
        (void)place_at(n->config->redis.cluster, (n->seed + i) % seeds, &place);
        asked_add(a, &place, but);
    }
}

static bool
nodes_ask_map(struct nodes *n, const struct place *place, int64_t deadline_ms)
{
    static const struct node_how how = {.may_repeat = true};
    struct node *node = nodes_at(n, place);
    int64_t now = clock_ms(), most = (deadline_ms - now) / 2;

    node->wire.deadline_ms = now + (most < ASK_MS ? most : ASK_MS);
    cmd_nodes(&n->argv);
    if (!node_ask(node, &n->argv, &how)) {
        return false;
    }
    if (topology_take(n->map, reply_text(node->wire.reply), place, clock_ms()) ==
        TOPOLOGY_NONSENSE) {
        node_log_no_map(node);
        return false;
    }
    return true;
}

/* but: not NULL: it is not asked. */
static bool
nodes_read_map(struct nodes *n, const struct place *but, int64_t deadline_ms)
{
    struct asked asked = {.count = 0};

    nodes_choose_asked(n, &asked, but);
    n->read_ms = clock_ms();
    for (size_t i = 0; i < asked.count; i++) {
        if (nodes_ask_map(n, &asked.places[i], deadline_ms)) {
            n->wants_map = false;
            return true;
        }
    }
    return false;
}

void
nodes_begin(struct nodes *n, int64_t deadline_ms)
{
    if (n->wants_map && clock_ms() - n->read_ms >= MAP_PAUSE_MS) {
        (void)nodes_read_map(n, NULL, clock_ms() + (deadline_ms - clock_ms()) / 2);
    }
}

void
nodes_want_map(struct nodes *n)
{
    n->wants_map = true;
}

void
nodes_move(struct nodes *n, const struct redirection *r)
{
    (void)topology_move(n->map, r->slot, &r->place, clock_ms());
    n->wants_map = true;
}

/* ---- where to ---- */

static const struct place *
nodes_owner(const struct nodes *n, int slot)
{
    if (slot != SLOT_NONE) {
        return topology_owner(n->map, slot);
    }
    return topology_owners(n->map) > 0 ? topology_owner_at(n->map, 0) : NULL;
}

void
nodes_find(struct nodes *n, int slot, struct place *place)
{
    const struct place *owner = nodes_owner(n, slot);

    if (owner != NULL) {
        *place = *owner;
        return;
    }
    n->wants_map = true;
    if (!place_at(n->config->redis.cluster, n->seed, place)) {
        n->seed = 0;
        (void)place_at(n->config->redis.cluster, 0, place);
    }
}

bool
nodes_elsewhere(struct nodes *n, int slot, struct place *place, int64_t deadline_ms)
{
    struct place failed = *place;

    n->wants_map = true;
    n->seed++;
    if (!nodes_read_map(n, &failed, deadline_ms)) {
        return false;
    }
    nodes_find(n, slot, place);
    return !place_is_same(place, &failed);
}
