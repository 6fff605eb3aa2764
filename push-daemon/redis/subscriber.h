/* subscriber.h - the one subscription of this daemon: which groups' channels it listens to.
 *
 * Besides the groups it always hears a channel of the daemon's own, on which marks come: numbers that
 * the command connection had published, in order with all else (see sync.h). A probe sent there every
 * second tells a dead subscription from a quiet one. */
#ifndef PUSH_REDIS_SUBSCRIBER_H
#define PUSH_REDIS_SUBSCRIBER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/str.h"

struct loop;
struct subscriber;
struct redis_addr;

enum {
    SUBSCRIBER_PROBE_MARK = 0,   /* the mark of a probe; all others are greater */
    SUBSCRIBER_SILENCE_MS = 3500 /* without any word for so long although probed, it is dead */
};

struct subscriber_events {
    void (*on_message)(void *ctx, struct str group, struct str payload);
    void (*on_mark)(void *ctx, int64_t mark);
    /* Redis has acknowledged: from here on every message of the group comes. */
    void (*on_subscribed)(void *ctx, struct str group);
    /* Messages may be missed from here on, until on_subscribed comes for each group again. */
    void (*on_down)(void *ctx);
    /* As of rconn.h. */
    void (*on_moved)(void *ctx, const struct redis_addr *place);
};

/* daemon: this daemon's name, kept by the caller. NULL as of conn_create(). */
struct subscriber *subscriber_create(struct loop *loop, const struct config *config,
                                     struct str daemon, const struct subscriber_events *events,
                                     void *ctx);
void subscriber_start(struct subscriber *s);
void subscriber_destroy(struct subscriber *s);

/* Wanted groups are subscribed to again by itself whenever the connection comes back. */
void subscriber_add(struct subscriber *s, struct str group);
void subscriber_remove(struct subscriber *s, struct str group);

/* Drops the connection if it is one to another place. */
void subscriber_follow(struct subscriber *s, const struct redis_addr *place);
bool subscriber_is_up(const struct subscriber *s);
int64_t
subscriber_silence_ms(const struct subscriber *s); /* since anything came, a probe for one */

/* A probe was published. Drops the connection if none has come for SUBSCRIBER_SILENCE_MS. */
void subscriber_probed(struct subscriber *s);

/* Sends what was gathered: conn_flush(). */
void subscriber_flush(struct subscriber *s);

#endif
