/* conn.h - one connection to Redis that comes back by itself.
 *
 *     down --backoff--> connecting --> greeting (see greeting.h) ------> up --+
 *      ^                                                                      |
 *      +------------- refused, reset, no answer in time, dropped -------------+
 *
 * Commands are buffered and sent at the end of the loop's turn. Replies come in the order of the
 * commands. If the connection is lost, each command without a reply gets NULL, once. */
#ifndef PUSH_REDIS_CONN_H
#define PUSH_REDIS_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/redis/argv.h"
#include "lib/config/config.h"
#include "lib/redis/resp.h"
#include "push-daemon/redis/reply_queue.h"
#include "push-daemon/redis/target.h"

struct loop;
struct conn;
struct redis_addr;

struct conn_events {
    void (*on_up)(void *ctx);
    void (*on_down)(void *ctx); /* after all lost replies were reported; only after on_up */
    /* The Sentinels name another master. The owner should drop a connection to the old one. */
    void (*on_moved)(void *ctx, const struct redis_addr *addr);
    /* Or NULL. A node of a cluster answers with an error. Whoever sent the command is told next. */
    void (*on_refused)(void *ctx, const struct reply *reply);
    /* For a subscription: gets all that comes once it is up. Else NULL. */
    reply_fn *on_push;
};

/* Resolves the host, which may block; nothing later does. NULL: the host has no address, and that
 * was logged. Connecting begins with conn_start(). */
struct conn *conn_create(struct loop *loop, const struct config *config,
                         const struct target *target, const struct conn_events *events, void *ctx);
void conn_start(struct conn *c);
void conn_destroy(struct conn *c); /* reports no lost replies; NULL is fine */

bool conn_is_up(const struct conn *c);
size_t conn_in_flight(const struct conn *c);

/* Sends a copy of the command. fn may be NULL. Only while up (or in on_up). */
void conn_send(struct conn *c, const struct argv *argv, reply_fn *fn, void *arg);

/* The same for an EVALSHA that may be carried out later than the commands behind it. If Redis does
 * not have the script, the command is sent again with all of its text. */
void conn_send_script(struct conn *c, const struct argv *argv, reply_fn *fn, void *arg);

/* Sends what was buffered, as far as the socket takes it. Call it at the end of each turn. */
void conn_flush(struct conn *c);

/* Gives the connection up and begins anew; the reason is logged. */
void conn_drop(struct conn *c, const char *reason);

/* Does the connection, or did the last one, lead to this address? */
bool conn_is_at(const struct conn *c, const struct redis_addr *addr);

#endif
