/* append.c - storing messages: in order, each once, and no guess about what became of one. */
#include "push-daemon/chat/append.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "lib/redis/commands.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/redis/commands.h"

enum {
    PATIENCE_MS = 2500,        /* a message not stored within this never will be */
    HEARING_MS = 10000,        /* one that was stored, and does not come back, is left to itself */
    OPEN_BYTES_MAX = 64 << 20, /* of messages whose outcome is open */
    COMPLAINT_INTERVAL_MS = 10000, /* refusals by Redis are logged so often, with their count */
};

enum append_mode {
    MODE_DOWN,    /* no connection: nothing is taken */
    MODE_RUNNING, /* sent as they come */
    MODE_BARRIER, /* kept until all under way are answered; then a new run begins */
    MODE_HELD     /* kept until there is another connection */
};

struct entry {
    struct entry *prev;
    struct entry *next;
    struct appender *owner;
    append_fn *fn;
    void *arg;
    int64_t number; /* in the run, if sent */
    int64_t not_after;
    int64_t ts;                          /* stored with it; 0: not known to be */
    bool sent;                           /* and not known to be refused */
    struct str group, user, info, token; /* in bytes */
    size_t size;
    char bytes[];
};

struct appender {
    const struct config *config;
    struct commands *commands;
    struct str daemon;
    append_heard_fn *has_heard;
    void *ctx;
    enum append_mode mode;
    unsigned run;
    int64_t number; /* of the newest append of this run */
    char writer[64];
    struct entry *open; /* in order; outcome not known */
    size_t open_count;
    size_t open_bytes;
    size_t in_flight;
    bool load_script; /* Redis had lost it */
    uint64_t refusals;
    int64_t complained_ms;
    struct argv argv;
};

static void on_answer(void *arg, const struct reply *reply);

static void
begin_run(struct appender *a)
{
    snprintf(a->writer, sizeof(a->writer), "%.*s:%u", (int)a->daemon.len, a->daemon.p, ++a->run);
    a->number = 0;
}

static void
resolve(struct entry *e, enum append_result result)
{
    struct appender *a = e->owner;

    DL_DELETE(a->open, e);
    a->open_count--;
    a->open_bytes -= e->size;
    e->fn(e->arg, result);
    free(e);
}

/* ---- stored ---- */

/* In the order of their numbers: those behind the first that has not come back can wait. */
static void
resolve_heard(void *arg)
{
    struct appender *a = arg;
    struct entry *e;

    while ((e = a->open) != NULL && e->ts > 0 &&
           (a->has_heard(a->ctx, e->group, e->ts) ||
            commands_redis_now_ms(a->commands) > e->not_after + HEARING_MS)) {
        resolve(e, APPEND_STORED);
    }
}

/* The run ends, and with it the means to look for them. */
static void
resolve_stored(struct appender *a)
{
    while (a->open != NULL && a->open->ts > 0) {
        resolve(a->open, APPEND_STORED);
    }
}

/* ---- sending ---- */

static void
send_entry(struct appender *a, struct entry *e)
{
    struct cmd_append_args call = {
        .group = e->group,
        .user = e->user,
        .info = e->info,
        .token = e->token,
        .writer = str_of(a->writer),
        .number = a->number + 1,
        .not_after = e->not_after,
    };

    cmd_append(&a->argv, a->config, &call);
    if (!commands_send(a->commands, &a->argv, on_answer, e)) {
        resolve(e, APPEND_REFUSED); /* its number is not used */
        return;
    }
    e->number = ++a->number;
    e->sent = true;
    a->in_flight++;
}

/* All that is open is known not to be stored: sends it, in order, as a new run. */
static void
send_all(struct appender *a)
{
    struct entry *e, *next;

    resolve_stored(a);
    begin_run(a);
    a->mode = MODE_RUNNING;
    if (a->load_script) {
        a->load_script = false;
        cmd_load(&a->argv, SCRIPT_APPEND);
        (void)commands_send(a->commands, &a->argv, NULL, NULL);
    }
    DL_FOREACH_SAFE (a->open, e, next) {
        if (commands_redis_now_ms(a->commands) > e->not_after) {
            resolve(e, APPEND_REFUSED);
        } else {
            send_entry(a, e);
        }
    }
}

/* What is under way behind a refused one comes back refused as well. */
static void
raise_barrier(struct appender *a)
{
    if (a->mode == MODE_RUNNING) {
        a->mode = MODE_BARRIER;
    }
}

static void
leave_barrier(struct appender *a)
{
    if (a->mode == MODE_BARRIER && a->in_flight == 0) {
        send_all(a);
    }
}

/* ---- answers ---- */

static void
complain(struct appender *a, const struct reply *reply)
{
    int64_t now = commands_redis_now_ms(a->commands);

    a->refusals++;
    if (now - a->complained_ms < COMPLAINT_INTERVAL_MS) {
        return;
    }
    a->complained_ms = now;
    log_warn("append-refused answer=%s so-far=%" PRIu64, log_quote(reply_complaint(reply)).text,
             a->refusals);
}

static void
on_refusal(struct appender *a, struct entry *e, const struct reply *reply)
{
    raise_barrier(a);
    if (reply_is_error(reply, "NOSCRIPT") || reply_int(reply) == CMD_MISSING) {
        a->load_script = a->load_script || reply_is_error(reply, "NOSCRIPT");
        e->sent = false; /* stays open: it goes out again */
    } else if (reply_int(reply) == CMD_NOT_LOGGED_IN) {
        resolve(e, APPEND_NOT_LOGGED_IN);
    } else {
        if (reply_type(reply) == REPLY_ERROR) {
            complain(a, reply);
        }
        resolve(e, APPEND_REFUSED);
    }
}

static void
on_answer(void *arg, const struct reply *reply)
{
    struct entry *e = arg;
    struct appender *a = e->owner;

    a->in_flight--;
    if (reply_type(reply) == REPLY_LOST) {
        return; /* open until append_on_ready() has looked */
    }
    if (reply_int(reply) > 0) {
        e->ts = reply_int(reply);
    } else {
        on_refusal(a, e, reply);
    }
    leave_barrier(a);
}

/* ---- the connection ---- */

static void
on_looked(void *arg, const struct reply *reply)
{
    struct appender *a = arg;
    struct entry *e, *next;
    int64_t highest = 0;

    if (reply_type(reply) == REPLY_LOST) {
        return;
    }
    if (reply_type(reply) == REPLY_TEXT) {
        highest = strtoll(reply_text(reply).p, NULL, 10);
    }
    DL_FOREACH_SAFE (a->open, e, next) {
        if (e->sent && e->number <= highest) {
            resolve(e, APPEND_STORED);
        } else {
            e->sent = false;
            e->ts = 0;
        }
    }
    send_all(a);
}

void
append_on_ready(struct appender *a)
{
    if (a->open == NULL) {
        send_all(a);
        return;
    }
    cmd_appended(&a->argv, a->config, str_of(a->writer));
    if (!commands_send(a->commands, &a->argv, on_looked, a)) {
        log_error("append-look reason=\"cannot ask\"");
    }
}

void
append_hold(struct appender *a)
{
    if (a->mode != MODE_DOWN) {
        a->mode = MODE_HELD;
    }
}

bool
append_is_settled(const struct appender *a)
{
    return a->in_flight == 0 && (a->open == NULL || !a->open->sent);
}

void
append_on_down(struct appender *a)
{
    a->mode = MODE_DOWN;
}

/* ---- messages ---- */

static struct str
copy(char **to, struct str s)
{
    struct str there = {*to, s.len};

    memcpy(*to, s.len > 0 ? s.p : "", s.len);
    *to += s.len;
    return there;
}

bool
append_message(struct appender *a, struct str group, struct str user, struct str info,
               struct str token, append_fn *fn, void *arg)
{
    size_t size = sizeof(struct entry) + group.len + user.len + info.len + token.len;
    struct entry *e;
    char *to;

    if (a->mode == MODE_DOWN || a->open_bytes + size > OPEN_BYTES_MAX) {
        return false;
    }
    e = mem_zalloc(size);
    to = e->bytes;
    e->owner = a;
    e->fn = fn;
    e->arg = arg;
    e->size = size;
    e->group = copy(&to, group);
    e->user = copy(&to, user);
    e->info = copy(&to, info);
    e->token = copy(&to, token);
    e->not_after = commands_redis_now_ms(a->commands) + PATIENCE_MS;
    DL_APPEND(a->open, e);
    a->open_count++;
    a->open_bytes += size;
    if (a->mode == MODE_RUNNING) {
        send_entry(a, e);
    }
    return true;
}

size_t
append_open_count(const struct appender *a)
{
    return a->open_count;
}

struct appender *
append_create(struct loop *loop, const struct config *config, struct commands *commands,
              struct str daemon, append_heard_fn *has_heard, void *ctx)
{
    struct appender *a = mem_zalloc(sizeof(*a));

    a->config = config;
    a->commands = commands;
    a->daemon = daemon;
    a->has_heard = has_heard;
    a->ctx = ctx;
    argv_init(&a->argv);
    loop_on_turn_end(loop, resolve_heard, a);
    return a;
}

void
append_destroy(struct appender *a)
{
    struct entry *e, *next;

    if (a == NULL) {
        return;
    }
    DL_FOREACH_SAFE (a->open, e, next) {
        DL_DELETE(a->open, e);
        free(e);
    }
    argv_fini(&a->argv);
    free(a);
}
