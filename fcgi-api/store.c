/* store.c - Redis, asked and waited for; the only file here that knows hiredis. */
#include "fcgi-api/store.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/calls.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

struct store {
    const struct config *config;
    redisContext *context; /* NULL: not connected */
    redisReply *reply;     /* of the last command */
    int64_t deadline_ms;   /* of the command under way */
    struct text out;
};

static const redisReply *
raw(const struct reply *r)
{
    return (const redisReply *)r;
}

enum reply_type
reply_type(const struct reply *r)
{
    switch (raw(r)->type) {
    case REDIS_REPLY_INTEGER:
        return REPLY_INT;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        return REPLY_TEXT;
    case REDIS_REPLY_ARRAY:
        return REPLY_LIST;
    default:
        return REPLY_NULL;
    }
}

int64_t
reply_int(const struct reply *r)
{
    return raw(r)->type == REDIS_REPLY_INTEGER ? raw(r)->integer : 0;
}

struct str
reply_text(const struct reply *r)
{
    if (reply_type(r) != REPLY_TEXT) {
        return str_make("", 0);
    }
    return str_make(raw(r)->str, (size_t)raw(r)->len);
}

size_t
reply_count(const struct reply *r)
{
    return raw(r)->type == REDIS_REPLY_ARRAY ? raw(r)->elements : 0;
}

const struct reply *
reply_at(const struct reply *r, size_t i)
{
    return (const struct reply *)raw(r)->element[i];
}

/* ---- the connection ---- */

static void
disconnect(struct store *s)
{
    if (s->context != NULL) {
        redisFree(s->context);
        s->context = NULL;
    }
}

static void
forget_reply(struct store *s)
{
    if (s->reply != NULL) {
        freeReplyObject(s->reply);
        s->reply = NULL;
    }
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
    struct pollfd fd = {s->context->fd, events, 0};
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
        ssize_t n = send(s->context->fd, s->out.bytes + sent, s->out.len - sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n > 0) {
            sent += (size_t)n;
        } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
            return false;
        } else if (!wait_for(s, POLLOUT)) {
            return false;
        }
    }
    return true;
}

/* The next reply, into s->reply. */
static bool
receive(struct store *s)
{
    forget_reply(s);
    for (;;) {
        void *reply = NULL;

        if (redisGetReplyFromReader(s->context, &reply) != REDIS_OK) {
            return false;
        }
        if (reply != NULL) {
            s->reply = reply;
            return true;
        }
        if (!wait_for(s, POLLIN) || redisBufferRead(s->context) != REDIS_OK) {
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
        ok = exchange(s, &c) && s->reply->type != REDIS_REPLY_ERROR;
    }
    if (ok && s->config->redis.database != 0) {
        call_select(&c, s->config);
        ok = exchange(s, &c) && s->reply->type != REDIS_REPLY_ERROR;
    }
    command_fini(&c);
    return ok;
}

static bool
connect_now(struct store *s)
{
    const struct config_redis *redis = &s->config->redis;
    int error = 0;
    socklen_t length = sizeof(error);

    s->context = redis->socket[0] != '\0' ? redisConnectUnixNonBlock(redis->socket)
                                          : redisConnectNonBlock(redis->host, (int)redis->port);
    if (s->context == NULL || s->context->err != 0 || !wait_for(s, POLLOUT) ||
        getsockopt(s->context->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0) {
        log_warn("redis-down reason=\"cannot connect\"");
        disconnect(s);
        return false;
    }
    if (!greet(s)) {
        log_warn("redis-down reason=\"greeting failed\" answer=%s",
                 s->reply != NULL ? log_quote(str_make(s->reply->str, s->reply->len)).text
                                  : "none");
        disconnect(s);
        return false;
    }
    return true;
}

/* An idle connection on which there is something to read has been closed. */
static bool
is_stale(const struct store *s)
{
    struct pollfd fd = {s->context->fd, POLLIN, 0};

    return poll(&fd, 1, 0) != 0;
}

/* ---- commands ---- */

static bool
begins_with(const redisReply *reply, const char *code)
{
    size_t length = strlen(code);

    return (size_t)reply->len >= length && memcmp(reply->str, code, length) == 0;
}

/* Errors that pass by themselves or with somebody's help; the others are faults of ours or of the data. */
static bool
is_passing(const redisReply *reply)
{
    static const char *const codes[] = {
        "LOADING", "BUSY",    "MASTERDOWN", "READONLY", "OOM",         "NOAUTH",    "WRONGPASS",
        "NOPERM",  "MISCONF", "NOREPLICAS", "TRYAGAIN", "CLUSTERDOWN", "UNKILLABLE"};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (begins_with(reply, codes[i])) {
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
    if (s->reply->type == REDIS_REPLY_ERROR && begins_with(s->reply, "NOSCRIPT") &&
        call_make_eval(command)) {
        return exchange(s, command);
    }
    return true;
}

enum store_result
store_ask(struct store *s, struct command *command, const struct reply **reply)
{
    s->deadline_ms = clock_ms() + s->config->redis.timeout_ms;
    if (s->context != NULL && is_stale(s)) {
        disconnect(s);
    }
    if (s->context == NULL && !connect_now(s)) {
        return STORE_UNREACHABLE;
    }
    if (!exchange_script(s, command)) {
        log_warn("redis-down reason=\"%s\"",
                 time_left_ms(s) == 0 ? "no answer in time" : "connection broke");
        disconnect(s);
        return STORE_UNREACHABLE;
    }
    if (s->reply->type == REDIS_REPLY_ERROR) {
        log_error("redis-error answer=%s", log_quote(str_make(s->reply->str, s->reply->len)).text);
        return is_passing(s->reply) ? STORE_UNREACHABLE : STORE_FAULT;
    }
    *reply = (const struct reply *)s->reply;
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
