/* lane.h - messages that are stored in one order: their epoch, their seq, and what became of them.
 *
 * append.h tells how that works. With one Redis there is one lane, for all groups. On a cluster
 * each group has its own: what one node refuses, or cannot tell, holds up no other group. A lane is
 * at one node. It goes to another one when that has the group's slot, once it is known what became
 * of all that was sent; and it looks there for what it has sent before. */
#ifndef PUSH_APPEND_LANE_H
#define PUSH_APPEND_LANE_H

#include <stdbool.h>

#include "lib/hash.h"
#include "lib/redis/argv.h"
#include "push-daemon/append/append_look.h"
#include "push-daemon/append/append_message.h"
#include "push-daemon/append/append_queue.h"
#include "push-daemon/append/append_refusals.h"
#include "push-daemon/append/producer.h"

struct env;
struct hub;
struct node;
struct nodes;

/* What all lanes of a daemon share. */
struct lane_parts {
    const struct env *env;
    struct nodes *nodes;
    const struct hub *hub;
    struct str daemon_id; /* this daemon's name at Redis */
    unsigned epoch;       /* the last one that a lane has begun */
    bool is_cluster;
    struct append_budget budget;
    struct append_refusals refusals;
    struct argv argv;
};

enum lane_mode {
    LANE_DOWN,    /* no connection: nothing is taken */
    LANE_RUNNING, /* messages are sent as they come */
    LANE_BARRIER, /* messages are kept until all in flight are answered; then a new epoch begins */
    LANE_HELD,    /* messages are kept until there is another connection */
    LANE_WAITING  /* likewise, until lane_go_on(): the slot is on the move */
};

struct lane {
    UT_hash_handle hh; /* on a cluster: by group */
    struct lane_parts *parts;
    enum lane_mode mode;
    struct node *node;        /* where messages go; NULL: there is none now */
    const struct node *judge; /* which node has told what it has stored; for comparison alone */
    struct producer producer;
    struct append_queue open; /* messages whose outcome is not known */
    size_t in_flight;         /* commands that await a reply */
    bool load_script;         /* Redis had lost it */
    bool is_elsewhere;        /* the node has refused one as the slot is on the move */
    struct append_look *look; /* NULL: none was needed yet */
    struct str group;         /* on a cluster; its bytes stand behind the lane */
};

/* group: empty with one Redis. It is down. */
struct lane *lane_create(struct lane_parts *parts, struct str group);
void lane_destroy(struct lane *l); /* open messages get no outcome */

/* As append_message(). */
bool lane_take(struct lane *l, const struct append_message *m, append_fn *fn, void *arg);

/* The same with an entry of another queue. False: it is still there. */
bool lane_take_over(struct lane *l, struct append_queue *from, struct append_entry *e);

/* Tells the senders of stored messages that have come back. */
void lane_resolve_heard(struct lane *l);

/* Tells the senders of messages that are not stored and have no more time, as nobody takes them. */
void lane_resolve_unsent(struct lane *l);

/* The connection is about to be given up: new messages wait for the next one. */
void lane_hold(struct lane *l);

/* True if nothing is open of what was sent. */
bool lane_is_settled(const struct lane *l);

/* True if nothing is open, and nobody will call back. */
bool lane_is_idle(const struct lane *l);

/* The node takes commands: looks there for what was sent, then goes on. */
void lane_on_ready(struct lane *l, struct node *node);

/* The node of the lane takes no commands any more. */
void lane_on_down(struct lane *l);

/* On a cluster: goes to the node that has the group now, as soon as that can be. Call it when the
 * map changes, and at the end of each turn while it is held. */
void lane_settle(struct lane *l);

/* The wait is over: sends what was refused as the slot is on the move. */
void lane_go_on(struct lane *l);

/* For lane_node.c alone: it is known of each open message whether it was stored; the others go out,
 * in order, as a new epoch. */
void lane_send_all(struct lane *l);

#endif
