/* commands.h - the command connection of this daemon: made ready after each connect, and Redis' clock.
 *
 * After a reconnect the commands of the connection before may still wait inside a Redis that hung. So
 * the old connection is killed before anything is asked: what was not carried out by then never is. */
#ifndef PUSH_REDIS_COMMANDS_H
#define PUSH_REDIS_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/redis/argv.h"
#include "lib/config/config.h"
#include "push-daemon/redis/conn.h"

struct loop;
struct commands;

struct commands_events {
    void (*on_ready)(void *ctx); /* connected, scripts loaded, the clock known */
    void (*on_down)(void *ctx);  /* only after on_ready */
    void (*on_moved)(void *ctx, const struct redis_addr *place); /* as of rconn.h */
};

struct commands *commands_create(struct loop *loop, const struct config *config,
                                 const struct commands_events *events, void *ctx);
void commands_start(struct commands *r);
void commands_destroy(struct commands *r);

bool commands_is_at(const struct commands *r, const struct redis_addr *place);
/* Drops the connection if it is one to another place. */
void commands_follow(struct commands *r, const struct redis_addr *place);
bool commands_is_ready(const struct commands *r);

/* Unix milliseconds on Redis' clock, as near as a round trip tells. */
int64_t commands_redis_now_ms(const struct commands *r);

/* As conn_send() and conn_send_script(). False: not ready, or too much is under way; fn will not be
 * called. */
bool commands_send(struct commands *r, const struct argv *argv, reply_fn *fn, void *arg);
bool commands_send_script(struct commands *r, const struct argv *argv, reply_fn *fn, void *arg);

/* Sends what was gathered: conn_flush(). */
void commands_flush(struct commands *r);

#endif
