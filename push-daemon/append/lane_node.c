/* lane_node.c - a lane and its node: what has it stored, and where does the lane go next? */
#include <utlist.h>

#include "push-daemon/append/lane.h"
#include "push-daemon/nodes/node.h"
#include "push-daemon/nodes/nodes.h"

/* ---- what the node has stored ---- */

/* One with an id goes out once more, for its ts, with no time left to be stored: its id may be
 * known no more, as the user has sent much since, over another host. */
static void
lane_judge(struct lane *l, struct append_entry *e, bool is_stored)
{
    e->stored = e->stored || is_stored;
    e->kept = e->kept || is_stored;
    e->ts = 0; /* the new master may not have it */
    if (is_stored && e->message.id.len == 0) {
        append_queue_resolve(&l->open, e, APPEND_STORED);
    }
}

/* Those with these seqs had been refused by rules. Open messages are in the order of their seq. */
static void
lane_on_refused_seq(void *arg, int64_t seq, const struct append_outcome *outcome)
{
    struct lane *l = arg;
    struct append_entry *e = l->open.head;

    while (e != NULL && (!e->sent || e->seq < seq)) {
        e = e->next;
    }
    if (e != NULL && e->seq == seq) {
        append_queue_tell(&l->open, e, outcome);
    }
}

static void
lane_on_highest_seq(void *arg, int64_t highest)
{
    struct lane *l = arg;
    struct append_entry *e, *next;

    DL_FOREACH_SAFE (l->open.head, e, next) {
        lane_judge(l, e, e->sent && e->seq <= highest);
    }
    lane_send_all(l);
}

static const struct append_look_handlers look_handlers = {
    .on_refused = lane_on_refused_seq,
    .on_highest = lane_on_highest_seq,
};

static bool
lane_has_sent(const struct lane *l)
{
    struct append_entry *e;

    DL_FOREACH (l->open.head, e) {
        if (e->sent) {
            return true;
        }
    }
    return false;
}

static void
lane_look(struct lane *l)
{
    if (l->look == NULL) {
        l->look = append_look_create(l->parts->env, &look_handlers, l);
    }
    append_look_begin(l->look, l->node, l->group, str_of(l->producer.name), l->open.count);
}

void
lane_on_ready(struct lane *l, struct node *node)
{
    if (l->judge != node) {
        append_queue_doubt(&l->open);
    }
    l->node = node;
    l->judge = node;
    if (l->open.head == NULL || (l->parts->is_cluster && !lane_has_sent(l))) {
        lane_send_all(l);
    } else {
        lane_look(l);
    }
}

static void
lane_leave(struct lane *l, enum lane_mode mode)
{
    l->mode = mode;
    l->node = NULL;
    if (l->look != NULL) {
        append_look_stop(l->look);
    }
}

void
lane_on_down(struct lane *l)
{
    lane_leave(l, LANE_DOWN);
}

void
lane_hold(struct lane *l)
{
    append_queue_doubt(&l->open);
    if (l->mode != LANE_DOWN) {
        l->mode = LANE_HELD;
    }
}

bool
lane_is_settled(const struct lane *l)
{
    return l->in_flight == 0 && (l->open.head == NULL || !l->open.head->sent);
}

/* ---- from node to node ---- */

void
lane_settle(struct lane *l)
{
    struct node *node = nodes_of(l->parts->nodes, l->group);
    bool is_looking = l->look != NULL && append_look_is_under_way(l->look);

    if (node == l->node && (l->mode != LANE_HELD || is_looking || append_look_waits(l->look))) {
        return;
    }
    if (l->in_flight > 0) { /* what became of them is to be known first */
        lane_hold(l);
    } else if (is_looking) { /* its answer is to come first */
        return;
    } else if (node != NULL && node_takes_commands(node)) {
        l->mode = LANE_HELD; /* until it is known what is stored there */
        lane_on_ready(l, node);
    } else if (node != NULL && node_is_new(node)) {
        lane_leave(l, LANE_HELD); /* until it takes commands */
    } else {
        lane_on_down(l);
    }
}

void
lane_go_on(struct lane *l)
{
    if (nodes_of(l->parts->nodes, l->group) == l->node) {
        lane_send_all(l);
    } else {
        l->mode = LANE_HELD;
        lane_settle(l);
    }
}
