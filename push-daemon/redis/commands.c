/* commands.c - the daemon's command connection: prepared after each connect; knows Redis' clock. */
#include "push-daemon/redis/commands.h"

#include <stdlib.h>

#include "lib/redis/commands.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/loop.h"

enum {
    IN_FLIGHT_MAX = 100000, /* commands awaiting a reply */
    RUN_ID_MAX = 64
};

struct commands {
    struct commands_events events;
    void *ctx;
    struct conn *conn;
    bool ready;
    int64_t clock_offset_ms; /* Redis' clock less our monotonic one */
    int64_t asked_ms;        /* when TIME was sent */
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

/* The last reply of the greeting. */
static void
commands_on_time(void *arg, const struct reply *reply)
{
    struct commands *c = arg;
    int64_t now = clock_ms();

    if (reply_type(reply) == REPLY_LOST) {
        return;
    }
    if (reply_count(reply) == 2) {
        /* Taken as read halfway between question and answer. Both elements are digits and a NUL. */
        c->clock_offset_ms = atoll(reply_text(reply_at(reply, 0)).p) * 1000 +
                             atoll(reply_text(reply_at(reply, 1)).p) / 1000 -
                             (c->asked_ms + now) / 2;
    } else {
        log_warn("redis-time reason=\"no answer to TIME, using our own clock\"");
        c->clock_offset_ms = clock_unix_ms() - now;
    }
    c->ready = true;
    log_info("redis-up connection=commands");
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
    for (int i = 0; i < SCRIPT__MAX; i++) {
        cmd_load(&c->argv, (enum script_id)i);
        conn_send(c->conn, &c->argv, commands_on_loaded, c);
    }
    c->asked_ms = clock_ms();
    commands_send_words(c, "TIME", NULL, commands_on_time);
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

int64_t
commands_redis_now_ms(const struct commands *c)
{
    return clock_ms() + c->clock_offset_ms;
}

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
commands_flush(struct commands *c)
{
    conn_flush(c->conn);
}

struct commands *
commands_create(struct loop *loop, const struct config *config,
                const struct commands_events *events, void *ctx)
{
    static const struct conn_events conn_events = {commands_on_up, commands_on_down,
                                                   commands_on_moved, NULL};
    struct commands *c = mem_zalloc(sizeof(*c));

    c->events = *events;
    c->ctx = ctx;
    argv_init(&c->argv);
    c->conn = conn_create(loop, config, "commands", &conn_events, c);
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
