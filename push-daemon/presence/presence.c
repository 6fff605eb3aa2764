/* presence.c - who is online: counted here, reported to Redis, and told to the clients. */
#include "push-daemon/presence/presence.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/core/env.h"
#include "push-daemon/nodes/node.h"
#include "push-daemon/nodes/nodes.h"
#include "push-daemon/presence/group.h"
#include "push-daemon/presence/reporter.h"

enum {
    STOP_BATCH = 100 /* groups that a call of presence_stop() leaves */
};

struct presence {
    bool on;
    struct reporter reporter;
};

/* ---- connections ---- */

/* The first client of a group here: nobody has listened to events, so nothing is known. */
static void
presence_begin(struct reporter *r, struct group *g)
{
    roster_fini(&g->roster);
    if (g->asking) { /* its reply will tell */
        return;
    }
    if (!reporter_report(r, g)) {
        group_take_told(&r->groups, g, (int64_t)users_count(&g->users), str_make(NULL, 0));
    }
}

void
presence_enter(struct presence *p, struct str group, struct str user)
{
    struct reporter *r = &p->reporter;
    struct group *g;
    bool is_first;

    if (!p->on || r->stopping) {
        return;
    }
    g = group_find(&r->groups, group);
    if (g == NULL) {
        g = group_add(&r->groups, group);
        g->reporter = r;
    }
    is_first = g->users.connections == 0;
    if (users_enter(&g->users, user, &r->away)) {
        reporter_changed(r, g);
    } else {
        reporter_counted(r, g);
    }
    if (is_first) {
        presence_begin(r, g);
    }
}

void
presence_leave(struct presence *p, struct str group, struct str user)
{
    struct reporter *r = &p->reporter;
    struct group *g = group_find(&r->groups, group);

    if (g != NULL) {
        users_leave(&g->users, user, &r->away, env_now_ms(r->env));
        reporter_counted(r, g);
    }
}

/* ---- what the clients are told ---- */

void
presence_on_subscribed(struct presence *p, struct str group)
{
    struct group *g = group_find(&p->reporter.groups, group);

    if (g != NULL) {
        reporter_changed(&p->reporter, g);
    }
}

void
presence_on_event(struct presence *p, struct str group, struct str event)
{
    struct group *g = group_find(&p->reporter.groups, group);

    if (g != NULL) {
        g->heard = true;
        group_take(&p->reporter.groups, g, event);
    }
}

void
presence_add_state(const struct presence *p, struct str group, struct text *out)
{
    static const struct roster nothing = {.known = false};
    const struct group *g = group_find(&p->reporter.groups, group);

    roster_add_state(g != NULL ? &g->roster : &nothing, out);
}

/* ---- the link, and the end ---- */

void
presence_on_ready(struct presence *p, struct node *node)
{
    if (p->on && !p->reporter.stopping) {
        p->reporter.ticks = 0; /* the lease is renewed at once */
        reporter_report_all(&p->reporter, node);
    }
}

/* The lease goes first: from then on nobody counts the daemon's users, reported or not. */
static void
presence_begin_stop(struct reporter *r)
{
    struct group *g, *next;

    r->stopping = true;
    r->away.first = NULL;
    HASH_ITER (hh, r->groups.by_id, g, next) {
        users_fini(&g->users);
        g->changed = true;
    }
    reporter_send_lease(r);
}

/* Of a cluster: nobody hears of this group now. */
static bool
presence_has_no_node(const struct reporter *r, const struct group *g)
{
    const struct node *node = nodes_of(r->nodes, group_id(g));

    return node == NULL || !node_takes_commands(node);
}

/* The reply to its last report frees a group. The first call is never the last one, so that what it
 * sends goes out. */
bool
presence_stop(struct presence *p)
{
    struct reporter *r = &p->reporter;
    struct group *g, *next;
    bool begins = !r->stopping;
    int sent = 0;

    if (!p->on || !nodes_take_commands(r->nodes)) {
        return true;
    }
    if (begins) {
        presence_begin_stop(r);
    }
    HASH_ITER (hh, r->groups.by_id, g, next) {
        if (sent == STOP_BATCH) {
            break;
        }
        if (g->asking) {
            continue;
        }
        if (reporter_report(r, g)) {
            sent++;
        } else if (presence_has_no_node(r, g)) {
            group_free(&r->groups, g);
        }
    }
    return !begins && r->groups.by_id == NULL;
}

/* ---- life ---- */

struct presence *
presence_create(const struct env *env, struct nodes *nodes, struct str daemon_id,
                const struct presence_hooks *hooks)
{
    struct presence *p = mem_zalloc(sizeof(*p));

    p->on = env->config->presence.on;
    p->reporter.groups.tell = hooks->tell;
    p->reporter.groups.ctx = hooks->ctx;
    reporter_init(&p->reporter, env, nodes, daemon_id);
    return p;
}

void
presence_destroy(struct presence *p)
{
    if (p != NULL) {
        reporter_fini(&p->reporter);
        free(p);
    }
}
