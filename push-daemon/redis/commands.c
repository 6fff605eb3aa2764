/* commands.c - the daemon's command connection: prepared after each connect; it measures Redis'
 * clock. */
#include "push-daemon/redis/commands.h"

#include <stdlib.h>

#include "lib/redis/commands.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"

enum {
    IN_FLIGHT_MAX = 100000, /* commands awaiting a reply */
    RUN_ID_MAX = 64
};

struct commands {
    const struct env *env;
    struct redis_clock *clock;
    struct commands_events events;
    void *ctx;
    struct target target;
    struct conn *conn;
    bool ready;
    int64_t asked_us;        /* when TIME was sent; 0: it is not under way */
    int64_t client_id;       /* of this connection; until that is known, of the last one */
    char run_id[RUN_ID_MAX]; /* of the Redis that gave client_id */
    struct argv argv;
};

static void
commands_send_words(struct commands *c, const char *first, const char *second, reply_fn *fn)
{
    argv_clear(&c->argv);
    argv_add_str(&c->argv, first);
    if (second != NULL) {
        argv_add_str(&c->argv, second);
    }
    conn_send(c->conn, &c->argv, fn, c);
}

/* ---- the clock ---- */

/* Returns false if the reply is not that of TIME. */
static bool
commands_take_time(struct commands *c, const struct reply *reply)
{
    int64_t asked_us = c->asked_us;

    c->asked_us = 0;
    if (reply_count(reply) != 2) {
        return false;
    }
    metrics_observe(&c->env->metrics->answer_us, (uint64_t)(clock_us() - asked_us));
    redis_clock_note(c->clock, asked_us / 1000,
                     atoll(reply_text(reply_at(reply, 0)).p) * 1000 + /* digits and a NUL */
                         atoll(reply_text(reply_at(reply, 1)).p) / 1000);
    return true;
}

static void
commands_ask_time(struct commands *c, reply_fn *fn)
{
    c->asked_us = clock_us();
    commands_send_words(c, "TIME", NULL, fn);
}

static void
commands_on_probed(void *arg, const struct reply *reply)
{
    (void)commands_take_time(arg, reply);
}

void
commands_probe_clock(struct commands *c)
{
    if (c->ready && conn_is_up(c->conn) && c->asked_us == 0) {
        commands_ask_time(c, commands_on_probed);
    }
}

/* ---- the greeting ---- */

/* Its last reply. */
static void
commands_on_time(void *arg, const struct reply *reply)
{
    struct commands *c = arg;

    if (reply_type(reply) == REPLY_LOST) {
        c->asked_us = 0;
        return;
    }
    if (!commands_take_time(c, reply)) {
        log_warn("redis-time reason=\"no answer to TIME, using our own clock\"");
        redis_clock_guess(c->clock);
    }
    c->ready = true;
    log_info("redis-up connection=%s", c->target.name);
    c->events.on_ready(c->ctx);
}

static void
commands_on_loaded(void *arg, const struct reply *reply)
{
    (void)arg;
    if (reply_type(reply) == REPLY_ERROR) {
        log_error("redis-script-refused answer=%s", log_quote(reply_complaint(reply)).text);
    }
}

static void
commands_on_client_id(void *arg, const struct reply *reply)
{
    struct commands *c = arg;

    if (reply_type(reply) != REPLY_LOST) { /* else the KILL may be lost too: it is sent again */
        c->client_id = reply_int(reply);
    }
}

static void
commands_finish_greeting(struct commands *c)
{
    commands_send_words(c, "CLIENT", "ID", commands_on_client_id);
    for (int i = 0; i < SCRIPT_LOADED__MAX; i++) {
        cmd_load(&c->argv, c->env->config, (enum script_id)i);
        conn_send(c->conn, &c->argv, commands_on_loaded, c);
    }
    redis_clock_forget(c->clock);
    commands_ask_time(c, commands_on_time);
}

static void
commands_kill_predecessor(struct commands *c)
{
    argv_clear(&c->argv);
    argv_add_str(&c->argv, "CLIENT");
    argv_add_str(&c->argv, "KILL");
    argv_add_str(&c->argv, "ID");
    argv_add_int(&c->argv, c->client_id);
    conn_send(c->conn, &c->argv, NULL, NULL);
}

/* Client ids are unique within one run of one Redis. */
static void
commands_on_info(void *arg, const struct reply *reply)
{
    static const char field[] = "run_id:";
    struct commands *c = arg;
    struct str text = reply_text(reply);
    const char *found = reply_type(reply) == REPLY_TEXT ? memmem(text.p, text.len, field, 7) : NULL;
    char run_id[RUN_ID_MAX] = "";

    if (reply_type(reply) == REPLY_LOST) {
        return;
    }
    if (found != NULL) {
        size_t length = strcspn(found + 7, "\r\n");

        memcpy(run_id, found + 7, length < RUN_ID_MAX ? length : 0);
    }
    if (run_id[0] == '\0' || strcmp(run_id, c->run_id) != 0) {
        c->client_id = 0;
    } else if (c->client_id > 0) {
        commands_kill_predecessor(c);
    }
    memcpy(c->run_id, run_id, sizeof(run_id));
    commands_finish_greeting(c);
}

static void
commands_on_up(void *ctx)
{
    commands_send_words(ctx, "INFO", "server", commands_on_info);
}

static void
commands_on_down(void *ctx)
{
    struct commands *c = ctx;

    if (c->ready) {
        c->ready = false;
        c->events.on_down(c->ctx);
    }
}

static void
commands_on_moved(void *ctx, const struct redis_addr *addr)
{
    struct commands *c = ctx;

    c->events.on_moved(c->ctx, addr);
}

static void
commands_on_refused(void *ctx, const struct reply *reply)
{
    struct commands *c = ctx;

    c->events.on_refused(c->ctx, reply);
}

bool
commands_is_at(const struct commands *c, const struct redis_addr *addr)
{
    return conn_is_at(c->conn, addr);
}

void
commands_follow(struct commands *c, const struct redis_addr *addr)
{
    if (!conn_is_at(c->conn, addr)) {
        conn_drop(c->conn, "the master is another one now");
    }
}

bool
commands_is_ready(const struct commands *c)
{
    return c->ready;
}

/* ---- sending ---- */

static bool
commands_may_send(const struct commands *c)
{
    return c->ready && conn_is_up(c->conn) && conn_in_flight(c->conn) < IN_FLIGHT_MAX;
}

bool
commands_send(struct commands *c, const struct argv *argv, reply_fn *fn, void *arg)
{
    if (!commands_may_send(c)) {
        return false;
    }
    conn_send(c->conn, argv, fn, arg);
    return true;
}

bool
commands_send_script(struct commands *c, const struct argv *argv, reply_fn *fn, void *arg)
{
    if (!commands_may_send(c)) {
        return false;
    }
    conn_send_script(c->conn, argv, fn, arg);
    return true;
}

void
commands_drop(struct commands *c, const char *reason)
{
    conn_drop(c->conn, reason);
}

void
commands_flush(struct commands *c)
{
    conn_flush(c->conn);
}

struct commands *
commands_create(const struct env *env, const struct place *place, struct redis_clock *clock,
                const struct commands_events *events, void *ctx)
{
    static const struct conn_events conn_events = {commands_on_up, commands_on_down,
                                                   commands_on_moved, commands_on_refused, NULL};
    struct commands *c = mem_zalloc(sizeof(*c));

    redis_clock_init(clock, env->metrics);
    c->env = env;
    c->target = target_of("commands", place != NULL ? TARGET_MASTER : TARGET_REDIS, place);
    c->clock = clock;
    c->events = *events;
    c->ctx = ctx;
    argv_init(&c->argv);
    c->conn = conn_create(env->loop, env->config, &c->target, &conn_events, c);
    if (c->conn == NULL) {
        free(c);
        return NULL;
    }
    return c;
}

void
commands_start(struct commands *c)
{
    conn_start(c->conn);
}

void
commands_destroy(struct commands *c)
{
    if (c != NULL) {
        conn_destroy(c->conn);
        argv_fini(&c->argv);
        free(c);
    }
}
