/* rconn.h - one connection to Redis that comes back by itself.
 *
 *     down --backoff--> connecting --> greeting (AUTH, SELECT, PING) --> up --+
 *      ^                                                                      |
 *      +------------- refused, reset, no answer in time, dropped -------------+
 *
 * Commands are gathered and sent at the end of the loop's turn. Replies come in the order of the
 * commands. Commands whose reply is lost with the connection are told so, each once. */
#ifndef PUSH_RCONN_H
#define PUSH_RCONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/redis/argv.h"
#include "lib/config/config.h"
#include "lib/redis/resp.h"
#include "push-daemon/waiting.h"

struct loop;
struct rconn;
struct redis_addr;

struct rconn_events {
    void (*on_up)(void *ctx);
    void (*on_down)(void *ctx); /* after every reply that is lost was said to be */
    /* The Sentinels name another master: whoever has a connection should drop it. */
    void (*on_moved)(void *ctx, const struct redis_addr *place);
    reply_fn *on_push; /* a subscription: once up, all that comes goes here. Else NULL */
};

/* Resolves the host, the only time that it may block. NULL: it has no address, and that was logged.
 * name stands in the log. Connecting begins with rconn_start(). */
struct rconn *rconn_create(struct loop *loop, const struct config *config, const char *name,
                           const struct rconn_events *events, void *ctx);
void rconn_start(struct rconn *r);
void rconn_destroy(struct rconn *r); /* lost replies are not told any more; NULL is fine */

bool rconn_is_up(const struct rconn *r);
size_t rconn_in_flight(const struct rconn *r);

/* Sends a copy of the command. fn may be NULL. Only while up (or in on_up). */
void rconn_send(struct rconn *r, const struct argv *argv, reply_fn *fn, void *arg);

/* The same for an EVALSHA that may be carried out later than what follows it: should Redis not have
 * the script, it is sent again whole. */
void rconn_send_script(struct rconn *r, const struct argv *argv, reply_fn *fn, void *arg);

/* Gives the connection up and begins anew; the reason is logged. */
void rconn_drop(struct rconn *r, const char *reason);

/* Is it, or was the last one, to this place? */
bool rconn_is_at(const struct rconn *r, const struct redis_addr *place);

#endif
