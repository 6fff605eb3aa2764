/* homes.c - at which node each group is. One Redis is the home of all of them. */
#include <stdlib.h>
#include <utlist.h>

#include "lib/mem.h"
#include "push-daemon/core/env.h"
#include "push-daemon/hub/hub.h"
#include "push-daemon/hub/registry.h"
#include "push-daemon/nodes/node.h"
#include "push-daemon/nodes/nodes.h"
#include "push-daemon/resume/stream.h"
#include "push-daemon/room/marks.h"

static struct home *
homes_find(const struct hub *hub, const struct node *node)
{
    struct home *home;

    LL_SEARCH_SCALAR(hub->homes, home, node, node);
    return home;
}

static struct home *
homes_find_or_make(struct hub *hub, struct node *node)
{
    struct home *home = homes_find(hub, node);

    if (home == NULL) {
        home = mem_zalloc(sizeof(*home));
        home->node = node;
        home->marks = marks_create(node, hub->daemon_id);
        LL_PREPEND(hub->homes, home);
    }
    return home;
}

static void
homes_free(struct hub *hub, struct home *home)
{
    LL_DELETE(hub->homes, home);
    marks_destroy(home->marks);
    free(home);
}

/* What was heard there is heard no more: the list at the next home has what is missed. */
static void
group_lose_home(struct group *g)
{
    g->home = NULL;
    sync_on_unsubscribed(&g->sync);
    if (g->stream != NULL) {
        stream_on_unsubscribed(g->stream);
    }
}

void
group_leave_home(struct group *g)
{
    if (g->home != NULL) {
        node_unsubscribe(g->home->node, g->room.group);
        group_lose_home(g);
    }
}

/* node NULL: to none. */
static void
group_move_to(struct group *g, struct node *node)
{
    if (node != NULL) {
        g->home = homes_find_or_make(g->hub, node);
        g->hub->env->metrics->rooms_moved += g->last_node != NULL && g->last_node != node;
        g->last_node = node;
        node_subscribe(node, g->room.group);
    }
}

void
group_settle(struct group *g)
{
    struct node *node = nodes_of(g->hub->nodes, g->room.group);

    if (g->home == NULL || g->home->node != node) {
        group_leave_home(g);
        group_move_to(g, node);
    }
    group_set_polled(g, nodes_is_open(g->hub->nodes, g->room.group));
}

/* ---- what nodes tell ---- */

void
hub_on_mark(struct hub *hub, struct node *node, int64_t mark)
{
    struct home *home = homes_find(hub, node);

    if (home != NULL) {
        marks_on_mark(home->marks, mark);
    }
}

void
hub_on_map(struct hub *hub)
{
    struct group *g, *next;

    HASH_ITER (hh, hub->groups, g, next) {
        group_settle(g);
    }
}

void
hub_on_lost(struct hub *hub, struct node *node, struct str group)
{
    struct group *g = hub_find(hub, group);

    if (g != NULL && g->home != NULL && g->home->node == node) {
        group_lose_home(g);
    }
}

void
hub_on_gone(struct hub *hub, struct node *node)
{
    struct home *home = homes_find(hub, node);
    struct group *g, *next;

    if (home == NULL) {
        return;
    }
    HASH_ITER (hh, hub->groups, g, next) {
        if (g->home == home) {
            group_lose_home(g);
        }
    }
    homes_free(hub, home);
}

void
homes_destroy(struct hub *hub)
{
    while (hub->homes != NULL) {
        homes_free(hub, hub->homes);
    }
}
