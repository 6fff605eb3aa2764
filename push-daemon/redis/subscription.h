/* subscription.h - the state of a subscription, and what both kinds of them do; for subscriber.c
 * and sharded.c. */
#ifndef PUSH_REDIS_SUBSCRIPTION_H
#define PUSH_REDIS_SUBSCRIPTION_H

#include "lib/redis/argv.h"
#include "push-daemon/redis/channels.h"
#include "push-daemon/redis/conn.h"
#include "push-daemon/redis/subscriber_events.h"
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
    struct str daemon_id;
    struct subscriber_events events;
    void *ctx;
    struct conn *conn;
    struct channels channels;
    int64_t last_rx_ms;
    struct argv argv; /* kept for its memory */
};

/* Asks for a group's channels, or not to hear them any more. */
void subscription_send(struct subscriber *s, bool subscribes, struct str group);

/* Adds the names of these channels to the command. */
void subscription_add_channels(struct subscriber *s, struct str group);

/* A channel is acknowledged: one of a group, or any other. */
void subscription_on_acknowledged(struct subscriber *s, struct str name);

#endif
