/* link.h - a daemon's link to Redis: its two connections, the failover of both, and a probe every
 * second. */
#ifndef PUSH_REDIS_LINK_H
#define PUSH_REDIS_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/redis/failover.h"

struct commands;
struct env;
struct hub;
struct link;
struct marks;
struct presence;
struct subscriber;

/* The parts above, and what they are told. */
struct link_events {
    struct failover_hooks failover;

    struct appender *appender;
    void (*on_ready)(struct appender *); /* commands can be sent; before on_commands */
    void (*on_down)(struct appender *);  /* no more */

    struct hub *hub;
    void (*on_commands)(struct hub *); /* commands go over a new connection */
    void (*retry)(struct hub *);       /* every second: commands may work */
    void (*on_message)(struct hub *, struct str group, struct str payload);
    void (*on_group_event)(struct hub *, struct str group, struct str event);
    void (*on_subscribed)(struct hub *, struct str group);
    void (*on_subscription_down)(struct hub *);

    struct presence *presence;
    void (*on_reports)(struct presence *); /* commands go over a new connection */

    struct marks *marks;
    void (*on_mark)(struct marks *, int64_t mark);

    struct auth *auth;
    void (*on_subscription)(struct auth *); /* what all daemons are told is heard from here on */

    struct orders *orders;
    void (*on_event)(struct orders *, struct str event); /* to all daemons */

    struct words *words;
    void (*on_stale)(struct words *); /* such events may have been missed */
};

/* node_id: this daemon's name at Redis, kept by the caller. NULL: the settings' Redis has no
 * address, and that was logged. */
struct link *link_create(const struct env *env, struct str node_id);
void link_destroy(struct link *l); /* NULL is fine */

/* Begins to connect. */
void link_start(struct link *l, const struct link_events *events);

struct commands *link_commands(struct link *l);
struct subscriber *link_subscriber(struct link *l);

/* True if commands are answered and the subscription lives. */
bool link_is_ready(const struct link *l);

/* Probes the subscription, and Redis' clock. */
void link_every_second(struct link *l);

/* At the end of each turn, in this order: a step of the failover; then all that is to be sent goes
 * out. */
void link_failover_step(struct link *l);
void link_flush(struct link *l);

#endif
