/* rconn.c - one connection to Redis that comes back by itself; the only file here that knows hiredis.
 *
 * hiredis parses and connects; its own async layer is not used: it ties callbacks to channel names (a
 * SUBSCRIBE behind an unacknowledged UNSUBSCRIBE loses its callback) and its output is unbounded. */
#include "push-daemon/rconn.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/calls.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/loop.h"

enum {
    BACKOFF_MIN_MS = 100,
    BACKOFF_MAX_MS = 5000,
    ANSWER_MS = 2000,  /* longest wait for a reply, and for a connection */
    WATCHDOG_MS = 250, /* how often that is looked at */
    READS_A_TURN = 4   /* of 16 KiB: then the others have their turn */
};

enum rconn_state {
    RCONN_DOWN,
    RCONN_CONNECTING,
    RCONN_GREETING,
    RCONN_UP
};

/* A command whose reply is to come. */
struct waiting {
    reply_fn *fn;
    void *arg;
    struct command *script; /* to send again on NOSCRIPT; or NULL */
    int64_t sent_ms;
};

struct rconn {
    struct loop *loop;
    const struct config *config;
    const char *name;
    struct rconn_events events;
    void *ctx;
    char address[NI_MAXHOST]; /* numeric */

    enum rconn_state state;
    redisContext *context; /* NULL while down */
    struct loop_watch *watch;
    struct loop_timer *retry;
    struct loop_timer *watchdog;
    int64_t backoff_ms;
    int64_t since_ms;   /* when this state began */
    unsigned failures;  /* in a row: only the first is logged */
    const char *doomed; /* reason to give up as soon as no callback is running; or NULL */
    bool reading;

    struct text out; /* not sent yet */
    bool want_write;

    struct waiting *queue; /* a ring */
    size_t queue_room;
    size_t queue_first;
    size_t queue_count;
};

/* ---- replies ---- */

static const redisReply *
raw(const struct reply *r)
{
    return (const redisReply *)r;
}

enum reply_type
reply_type(const struct reply *r)
{
    if (r == NULL) {
        return REPLY_LOST;
    }
    switch (raw(r)->type) {
    case REDIS_REPLY_INTEGER:
        return REPLY_INT;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        return REPLY_TEXT;
    case REDIS_REPLY_ARRAY:
        return REPLY_LIST;
    case REDIS_REPLY_ERROR:
        return REPLY_ERROR;
    default:
        return REPLY_NULL;
    }
}

int64_t
reply_int(const struct reply *r)
{
    return reply_type(r) == REPLY_INT ? raw(r)->integer : 0;
}

struct str
reply_text(const struct reply *r)
{
    enum reply_type type = reply_type(r);

    if (type != REPLY_TEXT && type != REPLY_ERROR) {
        return str_make("", 0);
    }
    return str_make(raw(r)->str, (size_t)raw(r)->len);
}

size_t
reply_count(const struct reply *r)
{
    return reply_type(r) == REPLY_LIST ? raw(r)->elements : 0;
}

const struct reply *
reply_at(const struct reply *r, size_t i)
{
    return (const struct reply *)raw(r)->element[i];
}

bool
reply_is_noscript(const struct reply *r)
{
    return reply_type(r) == REPLY_ERROR && reply_text(r).len >= 8 &&
           memcmp(reply_text(r).p, "NOSCRIPT", 8) == 0;
}

/* ---- the queue of replies to come ---- */

static struct waiting *
queue_push(struct rconn *r)
{
    if (r->queue_count == r->queue_room) {
        size_t room = r->queue_room > 0 ? 2 * r->queue_room : 64;
        struct waiting *grown = mem_alloc(room * sizeof(*grown));

        for (size_t i = 0; i < r->queue_count; i++) {
            grown[i] = r->queue[(r->queue_first + i) % r->queue_room];
        }
        free(r->queue);
        r->queue = grown;
        r->queue_room = room;
        r->queue_first = 0;
    }
    return &r->queue[(r->queue_first + r->queue_count++) % r->queue_room];
}

static struct waiting
queue_pop(struct rconn *r)
{
    struct waiting w = r->queue[r->queue_first];

    r->queue_first = (r->queue_first + 1) % r->queue_room;
    r->queue_count--;
    return w;
}

static void
script_destroy(struct command *script)
{
    if (script != NULL) {
        command_fini(script);
        free(script);
    }
}

/* ---- going down ---- */

/* Half of the time is certain, half is chance, so that hosts do not come back all at once. */
static int64_t
jittered(int64_t ms)
{
    uint32_t random = 0;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random)) {
        random = (uint32_t)getpid();
    }
    return ms / 2 + (int64_t)(random % (uint32_t)(ms / 2 + 1));
}

static void
set_state(struct rconn *r, enum rconn_state state)
{
    r->state = state;
    r->since_ms = loop_now_ms(r->loop);
}

static void
close_socket(struct rconn *r)
{
    loop_watch_destroy(r->watch);
    r->watch = NULL;
    if (r->context != NULL) {
        redisFree(r->context);
        r->context = NULL;
    }
    text_fini(&r->out);
    r->want_write = false;
}

static void
give_up(struct rconn *r)
{
    bool was_up = r->state == RCONN_UP;
    const char *why = r->doomed;

    r->doomed = NULL;
    close_socket(r);
    set_state(r, RCONN_DOWN);
    if (was_up || r->failures == 0) {
        log_warn("redis-down connection=%s reason=\"%s\" lost=%zu", r->name, why, r->queue_count);
    }
    r->failures++;
    for (size_t n = r->queue_count; n > 0; n--) {
        struct waiting w = queue_pop(r);

        script_destroy(w.script);
        if (w.fn != NULL) {
            w.fn(w.arg, NULL);
        }
    }
    if (was_up) {
        r->events.on_down(r->ctx);
    }
    loop_timer_start(r->retry, jittered(r->backoff_ms), 0);
    r->backoff_ms = r->backoff_ms * 2 < BACKOFF_MAX_MS ? r->backoff_ms * 2 : BACKOFF_MAX_MS;
}

void
rconn_drop(struct rconn *r, const char *reason)
{
    if (r->state == RCONN_DOWN) {
        return;
    }
    r->doomed = reason;
    if (!r->reading) {
        give_up(r);
    }
}

/* ---- sending ---- */

static void
flush(void *arg)
{
    struct rconn *r = arg;
    size_t sent = 0;

    while (r->context != NULL && r->state != RCONN_CONNECTING && sent < r->out.len) {
        ssize_t n = send(r->context->fd, r->out.bytes + sent, r->out.len - sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            break; /* full, or broken: reading will tell */
        }
        sent += (size_t)n;
    }
    if (sent > 0) {
        memmove(r->out.bytes, r->out.bytes + sent, r->out.len - sent);
        r->out.len -= sent;
    }
    if (r->watch != NULL && r->state != RCONN_CONNECTING && (r->out.len > 0) != r->want_write) {
        r->want_write = r->out.len > 0;
        loop_watch_want(r->watch, true, r->want_write);
    }
}

static struct waiting *
enqueue(struct rconn *r, const struct command *command, reply_fn *fn, void *arg)
{
    struct waiting *w;

    command_format(&r->out, command);
    if (r->events.on_push != NULL && r->state == RCONN_UP) {
        return NULL; /* a subscription's answers are pushes like any other */
    }
    w = queue_push(r);
    *w = (struct waiting){fn, arg, NULL, loop_now_ms(r->loop)};
    return w;
}

void
rconn_send(struct rconn *r, const struct command *command, reply_fn *fn, void *arg)
{
    (void)enqueue(r, command, fn, arg);
}

void
rconn_send_script(struct rconn *r, const struct command *command, reply_fn *fn, void *arg)
{
    struct waiting *w = enqueue(r, command, fn, arg);

    w->script = mem_alloc(sizeof(*w->script));
    command_init(w->script);
    for (size_t i = 0; i < command->count; i++) {
        command_add(w->script, command_word(command, i));
    }
}

/* ---- receiving ---- */

static void
on_reply(struct rconn *r, const struct reply *reply)
{
    struct waiting w;

    if (r->queue_count == 0) {
        if (r->events.on_push != NULL) {
            r->events.on_push(r->ctx, reply);
        } else {
            rconn_drop(r, "a reply that nobody asked for");
        }
        return;
    }
    w = queue_pop(r);
    if (w.script != NULL && reply_is_noscript(reply) && call_make_eval(w.script)) {
        rconn_send(r, w.script, w.fn, w.arg);
    } else if (w.fn != NULL) {
        w.fn(w.arg, reply);
    }
    script_destroy(w.script);
}

/* One read and what it brought. True: there may be more. */
static bool
read_once(struct rconn *r)
{
    size_t before = r->context->reader->len;
    bool full;
    void *reply;

    if (redisBufferRead(r->context) != REDIS_OK) {
        rconn_drop(r, r->context->err == REDIS_ERR_EOF ? "Redis closed it" : "it broke");
        return false;
    }
    full = r->context->reader->len - before >= 16384;
    for (;;) {
        reply = NULL;
        if (redisGetReplyFromReader(r->context, &reply) != REDIS_OK) {
            rconn_drop(r, "not the Redis protocol");
            return false;
        }
        if (reply == NULL) {
            return full;
        }
        on_reply(r, reply);
        freeReplyObject(reply);
        if (r->doomed != NULL) {
            return false;
        }
    }
}

/* ---- coming up ---- */

static void
on_greeted(void *arg, const struct reply *reply)
{
    struct rconn *r = arg;

    if (reply_type(reply) == REPLY_LOST || r->doomed != NULL) {
        return;
    }
    if (reply_type(reply) == REPLY_ERROR) { /* LOADING, NOAUTH, MASTERDOWN */
        if (r->failures == 0) {
            log_warn("redis-refused connection=%s answer=%s", r->name,
                     log_quote(reply_text(reply)).text);
        }
        rconn_drop(r, "PING refused");
        return;
    }
    set_state(r, RCONN_UP);
    r->failures = 0;
    r->backoff_ms = BACKOFF_MIN_MS;
    log_info("redis-up connection=%s", r->name);
    r->events.on_up(r->ctx);
}

static void
on_step(void *arg, const struct reply *reply)
{
    struct rconn *r = arg;

    if (reply_type(reply) == REPLY_ERROR && r->doomed == NULL) {
        if (r->failures == 0) {
            log_warn("redis-refused connection=%s answer=%s", r->name,
                     log_quote(reply_text(reply)).text);
        }
        rconn_drop(r, "greeting refused");
    }
}

static void
greet(struct rconn *r)
{
    struct command c;

    set_state(r, RCONN_GREETING);
    command_init(&c);
    if (r->config->redis.password[0] != '\0') {
        call_auth(&c, r->config);
        (void)enqueue(r, &c, on_step, r);
    }
    if (r->config->redis.database != 0) {
        call_select(&c, r->config);
        (void)enqueue(r, &c, on_step, r);
    }
    command_clear(&c);
    command_add_str(&c, "PING");
    (void)enqueue(r, &c, on_greeted, r);
    command_fini(&c);
    loop_watch_want(r->watch, true, false);
}

static void
on_connected(struct rconn *r)
{
    int error = 0;
    socklen_t length = sizeof(error);

    if (getsockopt(r->context->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0) {
        rconn_drop(r, error == ECONNREFUSED ? "connection refused" : "connecting failed");
        return;
    }
    greet(r);
}

static void
on_socket(void *arg, bool readable, bool writable)
{
    struct rconn *r = arg;

    (void)writable; /* flush() comes at the end of the turn anyway */
    if (r->state == RCONN_CONNECTING) {
        on_connected(r);
        return;
    }
    r->reading = true;
    for (int i = 0; readable && i < READS_A_TURN; i++) {
        if (!read_once(r)) {
            break;
        }
    }
    r->reading = false;
    if (r->doomed != NULL) {
        give_up(r);
    }
}

static void
on_retry(void *arg)
{
    struct rconn *r = arg;
    const struct config_redis *redis = &r->config->redis;

    set_state(r, RCONN_CONNECTING);
    r->context = redis->socket[0] != '\0' ? redisConnectUnixNonBlock(redis->socket)
                                          : redisConnectNonBlock(r->address, (int)redis->port);
    if (r->context == NULL || r->context->err != 0) {
        rconn_drop(r, "connecting failed");
        return;
    }
    if (redis->socket[0] == '\0') {
        (void)redisEnableKeepAlive(r->context);
    }
    r->watch = loop_watch_create(r->loop, r->context->fd, on_socket, r);
    loop_watch_want(r->watch, false, true);
}

static void
on_watchdog(void *arg)
{
    struct rconn *r = arg;
    int64_t now = loop_now_ms(r->loop);

    if ((r->state == RCONN_CONNECTING || r->state == RCONN_GREETING) &&
        now - r->since_ms > ANSWER_MS) {
        rconn_drop(r, "connecting took too long");
    } else if (r->queue_count > 0 && now - r->queue[r->queue_first].sent_ms > ANSWER_MS) {
        rconn_drop(r, "no answer in time");
    }
}

/* ---- life ---- */

static bool
resolve(struct rconn *r)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int result;

    if (r->config->redis.socket[0] != '\0') {
        return true;
    }
    result = getaddrinfo(r->config->redis.host, NULL, &hints, &found);
    if (result == 0) {
        result = getnameinfo(found->ai_addr, found->ai_addrlen, r->address, sizeof(r->address),
                             NULL, 0, NI_NUMERICHOST);
        freeaddrinfo(found);
    }
    if (result != 0) {
        log_error("redis.host host=%s reason=\"%s\"", log_quote(str_of(r->config->redis.host)).text,
                  gai_strerror(result));
    }
    return result == 0;
}

struct rconn *
rconn_create(struct loop *loop, const struct config *config, const char *name,
             const struct rconn_events *events, void *ctx)
{
    struct rconn *r = mem_zalloc(sizeof(*r));

    r->loop = loop;
    r->config = config;
    r->name = name;
    r->events = *events;
    r->ctx = ctx;
    r->backoff_ms = BACKOFF_MIN_MS;
    if (!resolve(r)) {
        free(r);
        return NULL;
    }
    r->retry = loop_timer_create(loop, on_retry, r);
    r->watchdog = loop_timer_create(loop, on_watchdog, r);
    loop_timer_start(r->watchdog, WATCHDOG_MS, WATCHDOG_MS);
    loop_on_turn_end(loop, flush, r);
    return r;
}

void
rconn_start(struct rconn *r)
{
    loop_timer_start(r->retry, 0, 0);
}

void
rconn_destroy(struct rconn *r)
{
    if (r == NULL) {
        return;
    }
    close_socket(r);
    loop_timer_destroy(r->retry);
    loop_timer_destroy(r->watchdog);
    while (r->queue_count > 0) {
        script_destroy(queue_pop(r).script);
    }
    free(r->queue);
    free(r);
}

bool
rconn_is_up(const struct rconn *r)
{
    return r->state == RCONN_UP;
}

size_t
rconn_in_flight(const struct rconn *r)
{
    return r->queue_count;
}
