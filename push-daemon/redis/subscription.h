/* subscription.h - how the subscriber keeps its state: for subscriber.c and sharded.c. */
#ifndef PUSH_REDIS_SUBSCRIPTION_H
#define PUSH_REDIS_SUBSCRIPTION_H

#include "lib/redis/argv.h"
#include "push-daemon/redis/channels.h"
#include "push-daemon/redis/conn.h"
#include "push-daemon/redis/subscriber.h"
#include "push-daemon/redis/target.h"

/* On a cluster the channels are sharded ones: each is where its slot is. */
struct verbs {
    const char *subscribe, *unsubscribe;
    const char *subscribed, *message; /* what comes begins with one of them, or is another answer */
};

struct subscriber {
    struct loop *loop;
    const struct config *config;
    struct target target;
    const struct verbs *verbs;
    bool is_sharded;
    struct str node_id;
    struct subscriber_events events;
    void *ctx;
    struct conn *conn;
    struct channels channels;
    int64_t last_rx_ms;
    struct argv argv; /* kept for its memory */
};

/* Asks for a group's channels, or not to hear them any more. */
void subscriber_send(struct subscriber *s, bool subscribes, struct str group);

/* One of a group's channels is acknowledged; it may be any other channel. */
void subscriber_on_acknowledged(struct subscriber *s, struct str name);

/* ---- sharded.c: what is different on a cluster ---- */

/* Adds the name of the group's channel for marks to the command. */
void sharded_add_marks(struct subscriber *s, struct str group);

/* A command for this group was sent. */
void sharded_on_sent(struct subscriber *s, bool subscribes, struct str group);

/* The connection is up: asks for all groups, each by itself, as a command may name channels of one
 * slot only. */
void sharded_ask_for_each(struct subscriber *s);

/* An acknowledgement; or Redis unsubscribes by itself, as the slot has gone. */
void sharded_on_answer(struct subscriber *s, struct str kind, struct str name);

/* False: the connection is of no use. */
bool sharded_take_error(struct subscriber *s, const struct reply *reply);

/* Is an answer overdue? */
bool sharded_is_stuck(const struct subscriber *s);

#endif
