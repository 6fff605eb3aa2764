/* commands.c - the command connection of this daemon: made ready after each connect, and Redis' clock. */
#include "push-daemon/redis/commands.h"

#include <stdlib.h>

#include "lib/redis/commands.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/loop.h"

enum {
    IN_FLIGHT_MAX = 100000, /* commands whose reply is to come */
    RUN_ID_MAX = 64
};

struct commands {
    struct loop *loop;
    const struct config *config;
    struct commands_events events;
    void *ctx;
    struct conn *conn;
    bool ready;
    int64_t clock_offset_ms; /* Redis' clock less our monotonic one */
    int64_t asked_ms;        /* when TIME was sent */
    int64_t client_id;       /* of this connection; of the one before until it is known */
    char run_id[RUN_ID_MAX]; /* of the Redis that client_id belongs to */
    struct argv argv;
};

static void
send_words(struct commands *r, const char *first, const char *second, reply_fn *fn)
{
    argv_clear(&r->argv);
    argv_add_str(&r->argv, first);
    if (second != NULL) {
        argv_add_str(&r->argv, second);
    }
    conn_send(r->conn, &r->argv, fn, r);
}

/* The last of the greeting: all before it has been answered. */
static void
on_time(void *arg, const struct reply *reply)
{
    struct commands *r = arg;
    int64_t now = clock_ms();

    if (reply_type(reply) == REPLY_LOST) {
        return;
    }
    if (reply_count(reply) == 2) {
        /* Halfway between asking and the answer. Both are texts of digits, ended by a NUL. */
        r->clock_offset_ms = atoll(reply_text(reply_at(reply, 0)).p) * 1000 +
                             atoll(reply_text(reply_at(reply, 1)).p) / 1000 -
                             (r->asked_ms + now) / 2;
    } else {
        log_warn("redis-time reason=\"no answer to TIME, using our own clock\"");
        r->clock_offset_ms = clock_unix_ms() - now;
    }
    r->ready = true;
    log_info("redis-up connection=commands");
    r->events.on_ready(r->ctx);
}

static void
on_loaded(void *arg, const struct reply *reply)
{
    (void)arg;
    if (reply_type(reply) == REPLY_ERROR) {
        log_error("redis-script-refused answer=%s", log_quote(reply_complaint(reply)).text);
    }
}

static void
on_client_id(void *arg, const struct reply *reply)
{
    struct commands *r = arg;

    r->client_id = reply_int(reply);
}

static void
finish_greeting(struct commands *r)
{
    send_words(r, "CLIENT", "ID", on_client_id);
    for (int i = 0; i < SCRIPT__MAX; i++) {
        cmd_load(&r->argv, (enum script_id)i);
        conn_send(r->conn, &r->argv, on_loaded, r);
    }
    r->asked_ms = clock_ms();
    send_words(r, "TIME", NULL, on_time);
}

static void
kill_predecessor(struct commands *r)
{
    argv_clear(&r->argv);
    argv_add_str(&r->argv, "CLIENT");
    argv_add_str(&r->argv, "KILL");
    argv_add_str(&r->argv, "ID");
    argv_add_int(&r->argv, r->client_id);
    conn_send(r->conn, &r->argv, NULL, NULL);
}

/* Client numbers are those of one run of one Redis. */
static void
on_info(void *arg, const struct reply *reply)
{
    static const char field[] = "run_id:";
    struct commands *r = arg;
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
    if (r->client_id > 0 && run_id[0] != '\0' && strcmp(run_id, r->run_id) == 0) {
        kill_predecessor(r);
    }
    memcpy(r->run_id, run_id, sizeof(run_id));
    finish_greeting(r);
}

static void
on_up(void *ctx)
{
    send_words(ctx, "INFO", "server", on_info);
}

static void
on_down(void *ctx)
{
    struct commands *r = ctx;

    if (r->ready) {
        r->ready = false;
        r->events.on_down(r->ctx);
    }
}

static void
on_moved(void *ctx, const struct redis_addr *place)
{
    struct commands *r = ctx;

    r->events.on_moved(r->ctx, place);
}

bool
commands_is_at(const struct commands *r, const struct redis_addr *place)
{
    return conn_is_at(r->conn, place);
}

void
commands_follow(struct commands *r, const struct redis_addr *place)
{
    if (!conn_is_at(r->conn, place)) {
        conn_drop(r->conn, "the master is another one now");
    }
}

bool
commands_is_ready(const struct commands *r)
{
    return r->ready;
}

int64_t
commands_redis_now_ms(const struct commands *r)
{
    return clock_ms() + r->clock_offset_ms;
}

static bool
may_send(const struct commands *r)
{
    return r->ready && conn_is_up(r->conn) && conn_in_flight(r->conn) < IN_FLIGHT_MAX;
}

bool
commands_send(struct commands *r, const struct argv *argv, reply_fn *fn, void *arg)
{
    if (!may_send(r)) {
        return false;
    }
    conn_send(r->conn, argv, fn, arg);
    return true;
}

bool
commands_send_script(struct commands *r, const struct argv *argv, reply_fn *fn, void *arg)
{
    if (!may_send(r)) {
        return false;
    }
    conn_send_script(r->conn, argv, fn, arg);
    return true;
}

void
commands_flush(struct commands *r)
{
    conn_flush(r->conn);
}

struct commands *
commands_create(struct loop *loop, const struct config *config,
                const struct commands_events *events, void *ctx)
{
    static const struct conn_events conn_events = {on_up, on_down, on_moved, NULL};
    struct commands *r = mem_zalloc(sizeof(*r));

    r->loop = loop;
    r->config = config;
    r->events = *events;
    r->ctx = ctx;
    argv_init(&r->argv);
    r->conn = conn_create(loop, config, "commands", &conn_events, r);
    if (r->conn == NULL) {
        free(r);
        return NULL;
    }
    return r;
}

void
commands_start(struct commands *r)
{
    conn_start(r->conn);
}

void
commands_destroy(struct commands *r)
{
    if (r != NULL) {
        conn_destroy(r->conn);
        argv_fini(&r->argv);
        free(r);
    }
}
