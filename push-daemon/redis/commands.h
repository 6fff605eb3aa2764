/* commands.h - the daemon's command connection: prepared after each connect; it measures Redis'
 * clock.
 *
 * After a reconnect, commands of the old connection may still wait inside a Redis that hung. So the
 * old connection is killed before anything else is sent: what was not carried out by then never
 * is. */
#ifndef PUSH_REDIS_COMMANDS_H
#define PUSH_REDIS_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/redis/argv.h"
#include "push-daemon/redis/conn.h"

struct env;
struct commands;
struct redis_clock;

struct commands_events {
    void (*on_ready)(void *ctx); /* connected, scripts loaded, the clock known */
    void (*on_down)(void *ctx);  /* only after on_ready */
    void (*on_moved)(void *ctx, const struct redis_addr *addr); /* as in conn.h */
    void (*on_refused)(void *ctx, const struct reply *reply);   /* likewise */
};

/* place: that of a master of a cluster; NULL: as the settings say. Begins the clock, and keeps it
 * right. */
struct commands *commands_create(const struct env *env, const struct place *place,
                                 struct redis_clock *clock, const struct commands_events *events,
                                 void *ctx);
void commands_start(struct commands *c);
void commands_destroy(struct commands *c);

bool commands_is_at(const struct commands *c, const struct redis_addr *addr);
/* Drops the connection if it leads to another address. */
void commands_follow(struct commands *c, const struct redis_addr *addr);
bool commands_is_ready(const struct commands *c);

/* Measures Redis' clock anew, unless that is under way. */
void commands_probe_clock(struct commands *c);

/* As conn_send() and conn_send_script(). False: not ready, or too many commands are under way; fn
 * is not called then. */
bool commands_send(struct commands *c, const struct argv *argv, reply_fn *fn, void *arg);
bool commands_send_script(struct commands *c, const struct argv *argv, reply_fn *fn, void *arg);

void commands_drop(struct commands *c, const char *reason);

/* Sends what was buffered: conn_flush(). */
void commands_flush(struct commands *c);

#endif
