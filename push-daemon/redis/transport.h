/* transport.h - the socket to one Redis: connects, buffers what is to be sent, parses what comes.
 *
 * It knows no commands and no order of things: that is conn.h. */
#ifndef PUSH_REDIS_TRANSPORT_H
#define PUSH_REDIS_TRANSPORT_H

#include <stdbool.h>

#include "lib/redis/argv.h"
#include "lib/redis/resp.h"

struct loop;
struct loop_watch;
struct redis_addr;

struct transport_events {
    /* Connecting has ended. The transport may be closed in here. */
    void (*on_connected)(void *ctx, bool ok);
    /* A reply came; it lives as long as the call. False: read no more, the transport is to be
     * closed. */
    bool (*on_reply)(void *ctx, const struct reply *reply);
    /* Reading has ended for this turn. broken: why nothing more will come, or NULL. The transport
     * may be closed in here. */
    void (*on_read)(void *ctx, const char *broken);
};

/* Belongs to its owner, as a field. All zero but for loop, events and ctx: closed. */
struct transport {
    struct loop *loop;
    const struct transport_events *events;
    void *ctx;
    struct resp *resp; /* NULL: closed */
    struct loop_watch *watch;
    struct text out; /* not sent yet */
    bool connecting;
    bool reading; /* on_reply may be running: do not close it now */
    bool wants_write;
};

/* Begins to connect. False: that is impossible, and the transport stays closed. */
bool transport_open(struct transport *l, const struct redis_addr *addr);
void transport_close(struct transport *l); /* fine if it is closed */

/* Buffers a command. */
void transport_add(struct transport *l, const struct argv *argv);

/* Sends as much as the socket takes, and the rest when it takes more. Nothing while connecting. */
void transport_flush(struct transport *l);

#endif
