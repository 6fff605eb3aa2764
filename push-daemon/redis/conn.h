/* conn.h - one connection to Redis that comes back by itself.
 *
 *     down --backoff--> connecting --> greeting (AUTH, SELECT, PING) --> up --+
 *      ^                                                                      |
 *      +------------- refused, reset, no answer in time, dropped -------------+
 *
 * Commands are gathered and sent at the end of the loop's turn. Replies come in the order of the
 * commands. Commands whose reply is lost with the connection are told so, each once. */
#ifndef PUSH_REDIS_CONN_H
#define PUSH_REDIS_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/redis/argv.h"
#include "lib/config/config.h"
#include "lib/redis/resp.h"
#include "push-daemon/redis/reply_queue.h"

struct loop;
struct conn;
struct redis_addr;

struct conn_events {
    void (*on_up)(void *ctx);
    void (*on_down)(void *ctx); /* after every reply that is lost was said to be */
    /* The Sentinels name another master: whoever has a connection should drop it. */
    void (*on_moved)(void *ctx, const struct redis_addr *place);
    reply_fn *on_push; /* a subscription: once up, all that comes goes here. Else NULL */
};

/* Resolves the host, the only time that it may block. NULL: it has no address, and that was logged.
 * name stands in the log. Connecting begins with conn_start(). */
struct conn *conn_create(struct loop *loop, const struct config *config, const char *name,
                         const struct conn_events *events, void *ctx);
void conn_start(struct conn *r);
void conn_destroy(struct conn *r); /* lost replies are not told any more; NULL is fine */

bool conn_is_up(const struct conn *r);
size_t conn_in_flight(const struct conn *r);

/* Sends a copy of the command. fn may be NULL. Only while up (or in on_up). */
void conn_send(struct conn *r, const struct argv *argv, reply_fn *fn, void *arg);

/* The same for an EVALSHA that may be carried out later than what follows it: should Redis not have
 * the script, it is sent again whole. */
void conn_send_script(struct conn *r, const struct argv *argv, reply_fn *fn, void *arg);

/* Sends what was gathered, as far as the socket takes it. Call it at the end of each turn. */
void conn_flush(struct conn *r);

/* Gives the connection up and begins anew; the reason is logged. */
void conn_drop(struct conn *r, const char *reason);

/* Is it, or was the last one, to this place? */
bool conn_is_at(const struct conn *r, const struct redis_addr *place);

#endif
