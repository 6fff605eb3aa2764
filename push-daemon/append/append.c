/* append.c - stores messages: in order, each once, and without a guess about what became of one. */
#include "push-daemon/append/append.h"

#include <stdlib.h>

#include "lib/config/config.h"
#include "lib/mem.h"
#include "push-daemon/append/checks.h"
#include "push-daemon/append/lane.h"
#include "push-daemon/core/env.h"
#include "push-daemon/nodes/node.h"
#include "push-daemon/nodes/nodes.h"

enum {
    OPEN_BYTES_MAX = 64 << 20, /* of messages whose outcome is open */
    AGAIN_MS = 25              /* until a slot that was on the move is tried again */
};

struct appender {
    struct lane_parts parts;
    struct lane *only;     /* with one Redis; else NULL */
    struct lane *lanes;    /* on a cluster: of the groups that have open messages */
    struct checks *checks; /* on a cluster; else NULL */
    struct loop_timer *again;
    bool is_waiting; /* the timer runs */
};

/* ---- lanes ---- */

static struct lane *
append_make_lane(struct appender *a, struct str group)
{
    struct node *node = nodes_of(a->parts.nodes, group);
    struct lane *l;

    if (node == NULL || (!node_takes_commands(node) && !node_is_new(node))) {
        return NULL;
    }
    l = lane_create(&a->parts, group);
    HASH_ADD_KEYPTR(hh, a->lanes, l->group.p, l->group.len, l);
    lane_settle(l);
    return l;
}

/* NULL: nobody stores anything for this group now. */
static struct lane *
append_lane(struct appender *a, struct str group)
{
    struct lane *l = a->only;

    if (l == NULL) {
        HASH_FIND(hh, a->lanes, group.p, group.len, l);
    }
    return l != NULL ? l : append_make_lane(a, group);
}

static void
append_end_lane(struct appender *a, struct lane *l)
{
    HASH_DEL(a->lanes, l);
    lane_destroy(l);
}

static void
append_on_again(void *arg)
{
    struct appender *a = arg;
    struct lane *l, *next;

    a->is_waiting = false;
    HASH_ITER (hh, a->lanes, l, next) {
        if (l->mode == LANE_WAITING) {
            lane_go_on(l);
        }
    }
}

static void
append_wait(struct appender *a)
{
    if (!a->is_waiting) {
        a->is_waiting = true;
        loop_timer_start(a->again, AGAIN_MS, 0);
    }
}

/* ---- messages ---- */

static bool
append_to_lane(struct appender *a, const struct append_message *m, append_fn *fn, void *arg)
{
    struct lane *l = append_lane(a, m->group);

    return l != NULL && lane_take(l, m, fn, arg);
}

/* It is checked. */
static void
append_pass(void *ctx, struct append_queue *from, struct append_entry *e)
{
    struct lane *l = append_lane(ctx, e->message.group);

    if (l == NULL || !lane_take_over(l, from, e)) {
        append_queue_resolve(from, e, APPEND_REFUSED);
    }
}

bool
append_message(struct appender *a, const struct session *s, const struct append_message *m,
               append_fn *fn, void *arg)
{
    if (a->checks != NULL && checks_want(a->checks, s, m)) {
        return checks_take(a->checks, s, m, fn, arg);
    }
    return append_to_lane(a, m, fn, arg);
}

static void
append_resolve_lanes(struct appender *a)
{
    struct lane *l, *next;

    HASH_ITER (hh, a->lanes, l, next) {
        lane_resolve_heard(l);
        if (lane_is_idle(l)) {
            append_end_lane(a, l);
        } else if (l->mode == LANE_WAITING) {
            append_wait(a);
        } else if (l->mode == LANE_HELD || l->mode == LANE_DOWN) {
            lane_settle(l);
            lane_resolve_unsent(l);
        }
    }
}

void
append_resolve_heard(struct appender *a)
{
    if (a->only != NULL) {
        lane_resolve_heard(a->only);
    } else {
        append_resolve_lanes(a);
    }
    a->parts.env->metrics->open_bytes = a->parts.budget.bytes;
    a->parts.env->metrics->late = append_refusals_are_late(&a->parts.refusals);
}

size_t
append_open_count(const struct appender *a)
{
    return a->parts.budget.count;
}

/* ---- nodes ---- */

void
append_on_map(struct appender *a)
{
    struct lane *l, *next;

    HASH_ITER (hh, a->lanes, l, next) {
        lane_settle(l);
    }
}

void
append_on_ready(struct appender *a, struct node *node)
{
    if (a->only != NULL) {
        lane_on_ready(a->only, node);
    } else {
        append_on_map(a);
    }
}

void
append_on_down(struct appender *a, struct node *node)
{
    struct lane *l, *next;

    if (a->only != NULL) {
        lane_on_down(a->only);
    }
    HASH_ITER (hh, a->lanes, l, next) {
        if (l->node == node) {
            lane_on_down(l);
            lane_settle(l);
        }
    }
}

void
append_hold(struct appender *a)
{
    if (a->only != NULL) {
        lane_hold(a->only);
    }
}

bool
append_is_settled(const struct appender *a)
{
    return a->only == NULL || lane_is_settled(a->only);
}

/* ---- life ---- */

struct appender *
append_create(const struct env *env, struct nodes *nodes, struct str daemon_id,
              const struct hub *hub)
{
    struct appender *a = mem_zalloc(sizeof(*a));

    a->parts.env = env;
    a->parts.nodes = nodes;
    a->parts.hub = hub;
    a->parts.daemon_id = daemon_id;
    a->parts.is_cluster = config_is_cluster(&env->config->redis);
    a->parts.budget.max_bytes = OPEN_BYTES_MAX;
    argv_init(&a->parts.argv);
    a->again = loop_timer_create(env->loop, append_on_again, a);
    if (a->parts.is_cluster) {
        a->checks = checks_create(&a->parts, append_pass, a);
    } else {
        a->only = lane_create(&a->parts, str_make("", 0));
    }
    return a;
}

void
append_destroy(struct appender *a)
{
    struct lane *l, *next;

    if (a == NULL) {
        return;
    }
    checks_destroy(a->checks);
    HASH_ITER (hh, a->lanes, l, next) {
        append_end_lane(a, l);
    }
    if (a->only != NULL) {
        lane_destroy(a->only);
    }
    loop_timer_destroy(a->again);
    argv_fini(&a->parts.argv);
    free(a);
}
