/* node.h - one master, and the two connections to it: one for commands, one for the subscription.
 *
 * What is stored over the one is heard over the other, in the same order. So all that concerns a
 * group goes over one node. A probe every second tells whether both lead to the same master still.
 * If the Sentinels name another master, both leave together (redis/failover.h); it is the same node
 * then. */
#ifndef PUSH_NODES_NODE_H
#define PUSH_NODES_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/redis/argv.h"
#include "lib/redis/resp.h"
#include "lib/str.h"
#include "push-daemon/redis/failover.h"
#include "push-daemon/redis/reply_queue.h"

struct env;
struct hub;
struct node;
struct place;
struct presence;
struct redirection;
struct redis_clock;

/* The parts above, and what they are told. */
struct node_events {
    struct failover_hooks failover;

    struct appender *appender;
    void (*on_ready)(struct appender *, struct node *); /* commands can be sent */
    void (*on_down)(struct appender *, struct node *);  /* no more */
    void (*settle)(struct appender *); /* of a cluster: slots have other owners now */

    struct hub *hub;
    void (*on_commands)(struct hub *, struct node *); /* over a new connection; after on_ready */
    void (*retry)(struct hub *);                      /* every second: commands may work */
    void (*on_message)(struct hub *, struct node *, struct str group, struct str payload);
    void (*on_group_event)(struct hub *, struct node *, struct str group, struct str event);
    void (*on_mark)(struct hub *, struct node *, int64_t mark);
    void (*on_subscribed)(struct hub *, struct node *, struct str group);
    void (*on_subscription_down)(struct hub *, struct node *);
    /* Of a cluster: the group is not at this node any more; slots may have other owners now, or be
     * open or not; the node is about to be destroyed. */
    void (*on_lost)(struct hub *, struct node *, struct str group);
    void (*on_map)(struct hub *);
    void (*on_gone)(struct hub *, struct node *);

    struct presence *presence;
    void (*on_reports)(struct presence *, struct node *); /* commands go over a new connection */

    struct auth *auth;
    void (*on_subscription)(struct auth *); /* what all daemons are told is heard from here on */

    struct orders *orders;
    void (*on_event)(struct orders *, struct str event); /* to all daemons */

    struct words *words;
    void (*on_stale)(struct words *); /* such events may have been missed */
};

/* What the set of nodes is told of a node of a cluster. */
struct node_hooks {
    void *ctx;
    void (*on_commands)(void *ctx, struct node *); /* over a new connection */
    void (*on_redirected)(void *ctx, struct node *, const struct redirection *r);
    void (*on_lost_all)(void *ctx, struct node *); /* the channel for all daemons is not there */
    void (*on_doubt)(void *ctx, struct node *);    /* it may have other slots than before */
};

/* place: that of a master of a cluster; NULL: as the settings say, and there are no hooks.
 * daemon_id: this daemon's name at Redis, kept by the caller. NULL: the settings' Redis has no
 * address, and that was logged. */
struct node *node_create(const struct env *env, struct str daemon_id, const struct place *place,
                         const struct node_hooks *hooks);
void node_destroy(struct node *n); /* NULL is fine */

/* Begins to connect. The caller keeps the events. */
void node_start(struct node *n, const struct node_events *events);

/* As in redis/commands.h. */
bool node_takes_commands(const struct node *n);

/* Of a cluster: was it made a moment ago, and takes no commands so far? They may wait for it. */
bool node_is_new(const struct node *n);
bool node_send(struct node *n, const struct argv *argv, reply_fn *fn, void *arg);
bool node_send_script(struct node *n, const struct argv *argv, reply_fn *fn, void *arg);

/* As subscriber_add() and subscriber_remove(). */
void node_subscribe(struct node *n, struct str group);
void node_unsubscribe(struct node *n, struct str group);

/* Of a node of a cluster; else NULL. */
const struct place *node_place(const struct node *n);

/* Redis' clock there. An answer tells it: asked_ms as in core/redis_clock.h. */
const struct redis_clock *node_clock(const struct node *n);
void node_note_clock(struct node *n, int64_t asked_ms, int64_t redis_ms);

/* The subscription is up; how long nothing has come over it, such as a probe. */
bool node_is_subscribed(const struct node *n);
int64_t node_silence_ms(const struct node *n);

/* True if commands are answered and the subscription lives. */
bool node_is_ready(const struct node *n);

/* Probes the subscription, and Redis' clock. False: commands cannot be sent now. */
bool node_every_second(struct node *n);

/* At the end of each turn, in this order: a step of the failover; then all that is to be sent goes
 * out. */
void node_failover_step(struct node *n);

/* Gives both connections up: what has no reply is lost. They come back by themselves. */
void node_drop(struct node *n, const char *reason);
void node_flush(struct node *n);

#endif
