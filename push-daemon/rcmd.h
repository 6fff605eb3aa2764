/* rcmd.h - the command connection of this daemon: made ready after each connect, and Redis' clock.
 *
 * After a reconnect the commands of the connection before may still wait inside a Redis that hung. So
 * the old connection is killed before anything is asked: what was not carried out by then never is. */
#ifndef PUSH_RCMD_H
#define PUSH_RCMD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/redis/argv.h"
#include "lib/config/config.h"
#include "push-daemon/rconn.h"

struct loop;
struct rcmd;

struct rcmd_events {
    void (*on_ready)(void *ctx); /* connected, scripts loaded, the clock known */
    void (*on_down)(void *ctx);  /* only after on_ready */
    void (*on_moved)(void *ctx, const struct redis_addr *place); /* as of rconn.h */
};

struct rcmd *rcmd_create(struct loop *loop, const struct config *config,
                         const struct rcmd_events *events, void *ctx);
void rcmd_start(struct rcmd *r);
void rcmd_destroy(struct rcmd *r);

bool rcmd_is_at(const struct rcmd *r, const struct redis_addr *place);
/* Drops the connection if it is one to another place. */
void rcmd_follow(struct rcmd *r, const struct redis_addr *place);
bool rcmd_is_ready(const struct rcmd *r);

/* Unix milliseconds on Redis' clock, as near as a round trip tells. */
int64_t rcmd_redis_now_ms(const struct rcmd *r);

/* As rconn_send() and rconn_send_script(). False: not ready, or too much is under way; fn will not be
 * called. */
bool rcmd_send(struct rcmd *r, const struct argv *argv, reply_fn *fn, void *arg);
bool rcmd_send_script(struct rcmd *r, const struct argv *argv, reply_fn *fn, void *arg);

#endif
