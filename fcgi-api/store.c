/* store.c - Redis, asked and waited for: one connection, kept between requests. */
#include "fcgi-api/store.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "lib/calls.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

struct store {
    const struct config *config;
    struct resp *resp;   /* NULL: not connected */
    struct reply *reply; /* of the last command */
    int64_t deadline_ms; /* of the command under way */
    struct text out;
};

/* ---- the connection ---- */

static void
disconnect(struct store *s)
{
    resp_close(s->resp);
    s->resp = NULL;
}

static void
forget_reply(struct store *s)
{
    reply_free(s->reply);
    s->reply = NULL;
}

static int
time_left_ms(const struct store *s)
{
    int64_t left = s->deadline_ms - clock_ms();

    return left > 0 ? (int)left : 0;
}

/* Waits for the socket; false: not in time. */
static bool
wait_for(struct store *s, short events)
{
    struct pollfd fd = {resp_descriptor(s->resp), events, 0};
    int n;

    do {
        n = poll(&fd, 1, time_left_ms(s));
    } while (n < 0 && errno == EINTR && time_left_ms(s) > 0);
    return n > 0;
}

/* Sends what is in out. */
static bool
send_all(struct store *s)
{
    size_t sent = 0;

    while (sent < s->out.len) {
        long n = resp_send(s->resp, str_make(s->out.bytes + sent, s->out.len - sent));

        if (n < 0 || (n == 0 && !wait_for(s, POLLOUT))) {
            return false;
        }
        sent += (size_t)n;
    }
    return true;
}

/* The next reply, into s->reply. */
static bool
receive(struct store *s)
{
    bool more;

    forget_reply(s);
    for (;;) {
        if (!resp_next(s->resp, &s->reply)) {
            return false;
        }
        if (s->reply != NULL) {
            return true;
        }
        if (!wait_for(s, POLLIN) || !resp_receive(s->resp, &more)) {
            return false;
        }
    }
}

/* One command and its reply. */
static bool
exchange(struct store *s, const struct command *command)
{
    text_clear(&s->out);
    command_format(&s->out, command);
    return send_all(s) && receive(s);
}

/* AUTH and SELECT; false: no connection, or refused (then s->reply says why). */
static bool
greet(struct store *s)
{
    struct command c;
    bool ok = true;

    command_init(&c);
    if (s->config->redis.password[0] != '\0') {
        call_auth(&c, s->config);
        ok = exchange(s, &c) && reply_type(s->reply) != REPLY_ERROR;
    }
    if (ok && s->config->redis.database != 0) {
        call_select(&c, s->config);
        ok = exchange(s, &c) && reply_type(s->reply) != REPLY_ERROR;
    }
    command_fini(&c);
    return ok;
}

static bool
connect_now(struct store *s)
{
    s->resp = resp_connect(&s->config->redis, s->config->redis.host);
    if (s->resp == NULL || !wait_for(s, POLLOUT) || !resp_is_connected(s->resp)) {
        log_warn("redis-down reason=\"cannot connect\"");
        disconnect(s);
        return false;
    }
    if (!greet(s)) {
        log_warn("redis-down reason=\"greeting failed\" answer=%s",
                 log_quote(reply_text(s->reply)).text);
        disconnect(s);
        return false;
    }
    return true;
}

/* An idle connection on which there is something to read has been closed. */
static bool
is_stale(const struct store *s)
{
    struct pollfd fd = {resp_descriptor(s->resp), POLLIN, 0};

    return poll(&fd, 1, 0) != 0;
}

/* ---- commands ---- */

/* Errors that pass by themselves or with somebody's help; the others are faults of ours or of the data. */
static bool
is_passing(const struct reply *reply)
{
    static const char *const codes[] = {
        "LOADING", "BUSY",    "MASTERDOWN", "READONLY", "OOM",         "NOAUTH",    "WRONGPASS",
        "NOPERM",  "MISCONF", "NOREPLICAS", "TRYAGAIN", "CLUSTERDOWN", "UNKILLABLE"};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (reply_is_error(reply, codes[i])) {
            return true;
        }
    }
    return false;
}

static bool
exchange_script(struct store *s, struct command *command)
{
    if (!exchange(s, command)) {
        return false;
    }
    if (reply_is_error(s->reply, "NOSCRIPT") && call_make_eval(command)) {
        return exchange(s, command);
    }
    return true;
}

enum store_result
store_ask(struct store *s, struct command *command, const struct reply **reply)
{
    s->deadline_ms = clock_ms() + s->config->redis.timeout_ms;
    if (s->resp != NULL && is_stale(s)) {
        disconnect(s);
    }
    if (s->resp == NULL && !connect_now(s)) {
        return STORE_UNREACHABLE;
    }
    if (!exchange_script(s, command)) {
        log_warn("redis-down reason=\"%s\"",
                 time_left_ms(s) == 0 ? "no answer in time" : "connection broke");
        disconnect(s);
        return STORE_UNREACHABLE;
    }
    if (reply_type(s->reply) == REPLY_ERROR) {
        log_error("redis-error answer=%s", log_quote(reply_text(s->reply)).text);
        return is_passing(s->reply) ? STORE_UNREACHABLE : STORE_FAULT;
    }
    *reply = s->reply;
    return STORE_OK;
}

struct store *
store_create(const struct config *config)
{
    struct store *s = mem_zalloc(sizeof(*s));

    s->config = config;
    text_init(&s->out);
    return s;
}

void
store_destroy(struct store *s)
{
    if (s != NULL) {
        disconnect(s);
        forget_reply(s);
        text_fini(&s->out);
        free(s);
    }
}
