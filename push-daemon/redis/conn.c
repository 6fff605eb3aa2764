/* conn.c - one connection to Redis that comes back by itself. */
#include "push-daemon/redis/conn.h"

#include <stdlib.h>

#include "lib/backoff.h"
#include "lib/redis/commands.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/redis/discovery.h"
#include "push-daemon/redis/greeting.h"
#include "push-daemon/redis/transport.h"

enum {
    ANSWER_MS = 2000,  /* longest wait for a reply, and for a connection */
    WATCHDOG_MS = 250, /* how often the waits are checked */
    RETRY_MS = 1000    /* longest wait before the next try */
};

enum conn_state {
    CONN_DOWN,
    CONN_CONNECTING,
    CONN_GREETING,
    CONN_UP
};

struct conn {
    struct loop *loop;
    const struct config *config;
    struct target target;
    struct conn_events events;
    void *ctx;
    struct discovery *discovery;
    struct redis_addr addr; /* of this connection, or of the last one */

    enum conn_state state;
    struct transport transport; /* closed while down */
    struct loop_timer *retry;
    struct loop_timer *watchdog;
    struct backoff backoff;
    struct greeting greeting;
    int64_t since_ms;   /* when this state began */
    unsigned failures;  /* in a row: only the first is logged */
    const char *doomed; /* why to give up as soon as no callback is running; or NULL */
    struct reply_queue queue;
};

/* ---- going down ---- */

static void
conn_set_state(struct conn *c, enum conn_state state)
{
    c->state = state;
    c->since_ms = loop_now_ms(c->loop);
}

static void
conn_give_up(struct conn *c)
{
    bool was_up = c->state == CONN_UP;

    transport_close(&c->transport);
    discovery_rest(c->discovery);
    conn_set_state(c, CONN_DOWN);
    if (was_up || c->failures == 0 || c->greeting.is_news) {
        log_warn("redis-down connection=%s reason=\"%s\" lost=%zu", c->target.name, c->doomed,
                 c->queue.count);
    }
    c->doomed = NULL;
    c->greeting.is_news = false;
    c->failures++;
    reply_queue_lose_all(&c->queue);
    if (was_up) {
        c->events.on_down(c->ctx);
    }
    loop_timer_start(c->retry, backoff_next_ms(&c->backoff, RETRY_MS), 0);
}

void
conn_drop(struct conn *c, const char *reason)
{
    if (c->state == CONN_DOWN) {
        return;
    }
    c->doomed = reason;
    if (!c->transport.reading) {
        conn_give_up(c);
    }
}

bool
conn_is_at(const struct conn *c, const struct redis_addr *addr)
{
    return sentinel_is_same(&c->addr, addr);
}

/* ---- sending ---- */

void
conn_flush(struct conn *c)
{
    transport_flush(&c->transport);
}

static void
conn_add(struct conn *c, const struct argv *argv, reply_fn *fn, void *arg, struct argv *script)
{
    transport_add(&c->transport, argv);
    if (c->events.on_push == NULL || c->state != CONN_UP) { /* else all that comes is a push */
        reply_queue_push(&c->queue, (struct pending_reply){fn, arg, script, loop_now_ms(c->loop)});
    }
}

void
conn_send(struct conn *c, const struct argv *argv, reply_fn *fn, void *arg)
{
    conn_add(c, argv, fn, arg, NULL);
}

void
conn_send_script(struct conn *c, const struct argv *argv, reply_fn *fn, void *arg)
{
    conn_add(c, argv, fn, arg, reply_queue_copy_script(argv));
}

/* ---- receiving ---- */

static void
conn_take_reply(struct conn *c, const struct reply *reply)
{
    struct pending_reply p = reply_queue_pop(&c->queue);

    if (c->target.kind != TARGET_REDIS && c->events.on_refused != NULL &&
        reply_type(reply) == REPLY_ERROR) {
        c->events.on_refused(c->ctx, reply);
    }
    if (sentinel_is_used(c->config) && reply_is_error(reply, "READONLY")) {
        conn_drop(c, "it is no master any more");
    }
    if (p.script != NULL && reply_is_error(reply, "NOSCRIPT") && cmd_make_eval(p.script)) {
        conn_send(c, p.script, p.fn, p.arg);
    } else if (p.fn != NULL) {
        p.fn(p.arg, reply);
    }
    pending_reply_fini(&p);
}

static bool
conn_on_reply(void *ctx, const struct reply *reply)
{
    struct conn *c = ctx;

    if (c->queue.count > 0) {
        conn_take_reply(c, reply);
    } else if (c->events.on_push != NULL) {
        c->events.on_push(c->ctx, reply);
    } else {
        conn_drop(c, "a reply that nobody asked for");
    }
    return c->doomed == NULL;
}

static void
conn_on_read(void *ctx, const char *broken)
{
    struct conn *c = ctx;

    if (c->doomed == NULL) {
        c->doomed = broken;
    }
    if (c->doomed != NULL) {
        conn_give_up(c);
    }
}

/* ---- coming up ---- */

/* False: Redis refuses us (LOADING, NOAUTH, MASTERDOWN), and the connection is given up. */
static bool
conn_is_welcome(struct conn *c, const struct reply *reply)
{
    if (reply_type(reply) != REPLY_ERROR || c->doomed != NULL) {
        return reply_type(reply) != REPLY_LOST && c->doomed == NULL;
    }
    if (c->failures == 0) {
        log_warn("redis-refused connection=%s answer=%s", c->target.name,
                 log_quote(reply_complaint(reply)).text);
    }
    conn_drop(c, "refused");
    return false;
}

static void
conn_on_step(void *arg, const struct reply *reply)
{
    struct conn *c = arg;
    const char *refusal;

    if (conn_is_welcome(c, reply)) {
        refusal = greeting_take(&c->greeting, c->config, reply);
        if (refusal != NULL) {
            conn_drop(c, refusal);
        }
    }
}

static void
conn_on_greeted(void *arg, const struct reply *reply)
{
    struct conn *c = arg;

    if (!conn_is_welcome(c, reply)) {
        return;
    }
    conn_set_state(c, CONN_UP);
    c->failures = 0;
    c->greeting.refusal = NULL;
    backoff_reset(&c->backoff);
    c->events.on_up(c->ctx);
}

static void
conn_greet(struct conn *c)
{
    struct argv argv;

    conn_set_state(c, CONN_GREETING);
    c->greeting.next = GREETING_AUTH;
    argv_init(&argv);
    for (int i = 0; i < GREETING__MAX; i++) {
        if (greeting_command(&argv, c->config, &c->greeting, (enum greeting_step)i)) {
            conn_send(c, &argv, i == GREETING_PING ? conn_on_greeted : conn_on_step, c);
        }
    }
    argv_fini(&argv);
}

static void
conn_on_connected(void *ctx, bool ok)
{
    if (ok) {
        conn_greet(ctx);
    } else {
        conn_drop(ctx, "connection refused");
    }
}

static void
conn_on_found(void *arg, const struct redis_addr *addr)
{
    struct conn *c = arg;

    if (c->state != CONN_DOWN) {
        c->events.on_moved(c->ctx, addr);
        return;
    }
    conn_set_state(c, CONN_CONNECTING);
    if (addr == NULL) {
        conn_drop(c, "no Sentinel knows the master");
        return;
    }
    c->addr = *addr;
    if (!transport_open(&c->transport, addr)) {
        conn_drop(c, "connecting failed");
    }
}

static void
conn_on_retry(void *discovery)
{
    discovery_begin(discovery);
}

static void
conn_on_watchdog(void *arg)
{
    struct conn *c = arg;
    const struct pending_reply *oldest = reply_queue_first(&c->queue);
    int64_t now = loop_now_ms(c->loop);

    if ((c->state == CONN_CONNECTING || c->state == CONN_GREETING) &&
        now - c->since_ms > ANSWER_MS) {
        conn_drop(c, "connecting took too long");
    } else if (oldest != NULL && now - oldest->sent_ms > ANSWER_MS) {
        conn_drop(c, "no answer in time");
    }
}

/* ---- life ---- */

struct conn *
conn_create(struct loop *loop, const struct config *config, const struct target *target,
            const struct conn_events *events, void *ctx)
{
    static const struct transport_events transport_events = {conn_on_connected, conn_on_reply,
                                                             conn_on_read};
    struct conn *c = mem_zalloc(sizeof(*c));

    *c = (struct conn){
        .loop = loop, .config = config, .target = *target, .events = *events, .ctx = ctx};
    c->transport = (struct transport){.loop = loop, .events = &transport_events, .ctx = c};
    c->greeting.target = &c->target;
    c->discovery = discovery_create(loop, config, &c->target, conn_on_found, c);
    if (c->discovery == NULL) {
        free(c);
        return NULL;
    }
    c->retry = loop_timer_create(loop, conn_on_retry, c->discovery);
    c->watchdog = loop_timer_create(loop, conn_on_watchdog, c);
    loop_timer_start(c->watchdog, WATCHDOG_MS, WATCHDOG_MS);
    return c;
}

void
conn_start(struct conn *c)
{
    loop_timer_start(c->retry, 0, 0);
}

void
conn_destroy(struct conn *c)
{
    if (c == NULL) {
        return;
    }
    transport_close(&c->transport);
    discovery_destroy(c->discovery);
    loop_timer_destroy(c->retry);
    loop_timer_destroy(c->watchdog);
    reply_queue_fini(&c->queue);
    free(c);
}

bool
conn_is_up(const struct conn *c)
{
    return c->state == CONN_UP;
}

size_t
conn_in_flight(const struct conn *c)
{
    return c->queue.count;
}
