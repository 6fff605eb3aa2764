/* subscriber_events.h - what a subscription tells its owner. */
#ifndef PUSH_REDIS_SUBSCRIBER_EVENTS_H
#define PUSH_REDIS_SUBSCRIBER_EVENTS_H

#include <stdint.h>

#include "lib/str.h"

struct redirection;
struct redis_addr;

struct subscriber_events {
    void (*on_message)(void *ctx, struct str group, struct str payload);
    void (*on_group_event)(void *ctx, struct str group, struct str event);
    void (*on_mark)(void *ctx, int64_t mark);
    void (*on_event)(void *ctx, struct str event); /* to all daemons: lib/redis/event.h */
    /* Redis has acknowledged: from here on all of on_event come. Some may have been missed. */
    void (*on_up)(void *ctx);
    /* Redis has acknowledged: from here on all messages of the group come. */
    void (*on_subscribed)(void *ctx, struct str group);
    /* Messages may be missed from here on, until on_subscribed comes again for each group. */
    void (*on_down)(void *ctx);
    /* On a cluster: the node has the group no more, or never had. It is removed. */
    void (*on_lost)(void *ctx, struct str group);
    void (*on_redirected)(void *ctx, const struct redirection *r); /* why, if it said so */
    /* As in conn.h. */
    void (*on_moved)(void *ctx, const struct redis_addr *addr);
};

#endif
