/* rsub.h - the one subscription of this daemon: which groups' channels it listens to.
 *
 * Besides the groups it always hears a channel of the daemon's own, on which marks come: numbers that
 * the command connection had published, in order with all else (see sync.h). A probe sent there every
 * second tells a dead subscription from a quiet one. */
#ifndef PUSH_RSUB_H
#define PUSH_RSUB_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/str.h"

struct loop;
struct rsub;
struct redis_addr;

enum {
    RSUB_PROBE_MARK = 0,   /* the mark of a probe; all others are greater */
    RSUB_SILENCE_MS = 3500 /* without any word for so long although probed, it is dead */
};

struct rsub_events {
    void (*on_message)(void *ctx, struct str group, struct str payload);
    void (*on_mark)(void *ctx, int64_t mark);
    /* Redis has acknowledged: from here on every message of the group comes. */
    void (*on_subscribed)(void *ctx, struct str group);
    /* Messages may be missed from here on, until on_subscribed comes for each group again. */
    void (*on_down)(void *ctx);
    /* As of rconn.h. */
    void (*on_moved)(void *ctx, const struct redis_addr *place);
};

/* daemon: this daemon's name, kept by the caller. NULL as of rconn_create(). */
struct rsub *rsub_create(struct loop *loop, const struct config *config, struct str daemon,
                         const struct rsub_events *events, void *ctx);
void rsub_start(struct rsub *s);
void rsub_destroy(struct rsub *s);

/* Wanted groups are subscribed to again by itself whenever the connection comes back. */
void rsub_add(struct rsub *s, struct str group);
void rsub_remove(struct rsub *s, struct str group);

/* Drops the connection if it is one to another place. */
void rsub_follow(struct rsub *s, const struct redis_addr *place);
bool rsub_is_up(const struct rsub *s);
int64_t rsub_silence_ms(const struct rsub *s); /* since anything came, a probe for one */

/* A probe was published. Drops the connection if none has come for RSUB_SILENCE_MS. */
void rsub_probed(struct rsub *s);

#endif
