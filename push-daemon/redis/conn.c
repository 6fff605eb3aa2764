/* conn.c - one connection to Redis that comes back by itself. */
#include "push-daemon/redis/conn.h"

#include <stdlib.h>

#include "lib/backoff.h"
#include "lib/redis/commands.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/redis/discovery.h"
#include "push-daemon/core/loop.h"

enum {
    ANSWER_MS = 2000,  /* longest wait for a reply, and for a connection */
    WATCHDOG_MS = 250, /* how often that is looked at */
    RETRY_MS = 1000,   /* longest wait before the next try */
    READS_A_TURN = 4   /* then the others have their turn */
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
    const char *name;
    struct conn_events events;
    void *ctx;
    struct discovery *discovery;
    struct redis_addr place; /* where it connects, or is connected, to */

    enum conn_state state;
    struct resp *resp; /* NULL while down */
    struct loop_watch *watch;
    struct loop_timer *retry;
    struct loop_timer *watchdog;
    struct backoff backoff;
    int64_t since_ms;   /* when this state began */
    unsigned failures;  /* in a row: only the first is logged */
    const char *doomed; /* reason to give up as soon as no callback is running; or NULL */
    bool reading;
    bool want_write;
    struct text out; /* not sent yet */
    struct reply_queue queue;
};

/* ---- going down ---- */

static void
set_state(struct conn *r, enum conn_state state)
{
    r->state = state;
    r->since_ms = loop_now_ms(r->loop);
}

static void
close_socket(struct conn *r)
{
    loop_watch_destroy(r->watch);
    r->watch = NULL;
    resp_close(r->resp);
    r->resp = NULL;
    text_fini(&r->out);
    r->want_write = false;
}

static void
give_up(struct conn *r)
{
    bool was_up = r->state == CONN_UP;

    close_socket(r);
    discovery_rest(r->discovery);
    set_state(r, CONN_DOWN);
    if (was_up || r->failures == 0) {
        log_warn("redis-down connection=%s reason=\"%s\" lost=%zu", r->name, r->doomed,
                 r->queue.count);
    }
    r->doomed = NULL;
    r->failures++;
    reply_queue_lose_all(&r->queue);
    if (was_up) {
        r->events.on_down(r->ctx);
    }
    loop_timer_start(r->retry, backoff_next_ms(&r->backoff, RETRY_MS), 0);
}

void
conn_drop(struct conn *r, const char *reason)
{
    if (r->state == CONN_DOWN) {
        return;
    }
    r->doomed = reason;
    if (!r->reading) {
        give_up(r);
    }
}

bool
conn_is_at(const struct conn *r, const struct redis_addr *place)
{
    return sentinel_is_same(&r->place, place);
}

/* ---- sending ---- */

void
conn_flush(struct conn *r)
{
    if (r->watch == NULL || r->state == CONN_CONNECTING) {
        return;
    }
    resp_send_most(r->resp, &r->out);
    if ((r->out.len > 0) != r->want_write) {
        r->want_write = r->out.len > 0;
        loop_watch_want(r->watch, true, r->want_write);
    }
}

static void
enqueue(struct conn *r, const struct argv *argv, reply_fn *fn, void *arg, struct argv *script)
{
    argv_format(&r->out, argv);
    if (r->events.on_push == NULL || r->state != CONN_UP) { /* else all that comes is a push */
        reply_queue_push(&r->queue, (struct pending_reply){fn, arg, script, loop_now_ms(r->loop)});
    }
}

void
conn_send(struct conn *r, const struct argv *argv, reply_fn *fn, void *arg)
{
    enqueue(r, argv, fn, arg, NULL);
}

void
conn_send_script(struct conn *r, const struct argv *argv, reply_fn *fn, void *arg)
{
    enqueue(r, argv, fn, arg, reply_queue_copy_script(argv));
}

/* ---- receiving ---- */

static void
on_reply(struct conn *r, const struct reply *reply)
{
    struct pending_reply w;

    if (r->queue.count == 0) {
        if (r->events.on_push != NULL) {
            r->events.on_push(r->ctx, reply);
        } else {
            conn_drop(r, "a reply that nobody asked for");
        }
        return;
    }
    w = reply_queue_pop(&r->queue);
    if (sentinel_is_used(r->config) && reply_is_error(reply, "READONLY")) {
        conn_drop(r, "it is no master any more");
    }
    if (w.script != NULL && reply_is_error(reply, "NOSCRIPT") && cmd_make_eval(w.script)) {
        conn_send(r, w.script, w.fn, w.arg);
    } else if (w.fn != NULL) {
        w.fn(w.arg, reply);
    }
    pending_reply_fini(&w);
}

/* One read and what it brought. True: there may be more. */
static bool
read_once(struct conn *r)
{
    struct reply *reply;
    bool more;

    if (!resp_receive(r->resp, &more)) {
        conn_drop(r, "Redis closed it");
        return false;
    }
    while (r->doomed == NULL) {
        if (!resp_next(r->resp, &reply)) {
            conn_drop(r, "not the Redis protocol");
            return false;
        }
        if (reply == NULL) {
            return more;
        }
        on_reply(r, reply);
        reply_free(reply);
    }
    return false;
}

/* ---- coming up ---- */

/* False: Redis refuses us (LOADING, NOAUTH, MASTERDOWN), and we have given up. */
static bool
is_welcome(struct conn *r, const struct reply *reply)
{
    if (reply_type(reply) == REPLY_LOST || r->doomed != NULL) {
        return false;
    }
    if (reply_type(reply) != REPLY_ERROR) {
        return true;
    }
    if (r->failures == 0) {
        log_warn("redis-refused connection=%s answer=%s", r->name,
                 log_quote(reply_complaint(reply)).text);
    }
    conn_drop(r, "refused");
    return false;
}

static void
on_step(void *arg, const struct reply *reply)
{
    (void)is_welcome(arg, reply);
}

/* A Sentinel may not have noticed yet: a master that was is none that takes writes. */
static void
on_role(void *arg, const struct reply *reply)
{
    struct conn *r = arg;

    if (is_welcome(r, reply) && !str_is(reply_text(reply_at(reply, 0)), "master")) {
        conn_drop(r, "it is no master");
    }
}

static void
on_greeted(void *arg, const struct reply *reply)
{
    struct conn *r = arg;

    if (!is_welcome(r, reply)) {
        return;
    }
    set_state(r, CONN_UP);
    r->failures = 0;
    backoff_reset(&r->backoff);
    r->events.on_up(r->ctx);
}

static void
greet(struct conn *r)
{
    struct argv c;

    set_state(r, CONN_GREETING);
    argv_init(&c);
    if (cmd_auth(&c, r->config)) {
        enqueue(r, &c, on_step, r, NULL);
    }
    if (cmd_select(&c, r->config)) {
        enqueue(r, &c, on_step, r, NULL);
    }
    if (cmd_role(&c, r->config)) {
        enqueue(r, &c, on_role, r, NULL);
    }
    cmd_ping(&c);
    enqueue(r, &c, on_greeted, r, NULL);
    argv_fini(&c);
    loop_watch_want(r->watch, true, false);
}

static void
on_socket(void *arg, bool readable, bool writable)
{
    struct conn *r = arg;

    (void)writable; /* conn_flush() comes at the end of the turn anyway */
    if (r->state == CONN_CONNECTING) {
        if (resp_is_connected(r->resp)) {
            greet(r);
        } else {
            conn_drop(r, "connection refused");
        }
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
on_found(void *arg, const struct redis_addr *place)
{
    struct conn *r = arg;

    if (r->state != CONN_DOWN) {
        r->events.on_moved(r->ctx, place);
        return;
    }
    set_state(r, CONN_CONNECTING);
    if (place != NULL) {
        r->place = *place;
        r->resp = resp_connect(&place->redis, place->address);
    }
    if (r->resp == NULL) {
        conn_drop(r, place != NULL ? "connecting failed" : "no Sentinel knows the master");
        return;
    }
    r->watch = loop_watch_create(r->loop, resp_descriptor(r->resp), on_socket, r);
    loop_watch_want(r->watch, false, true);
}

static void
on_retry(void *discovery)
{
    discovery_begin(discovery);
}

static void
on_watchdog(void *arg)
{
    struct conn *r = arg;
    const struct pending_reply *oldest = reply_queue_first(&r->queue);
    int64_t now = loop_now_ms(r->loop);

    if ((r->state == CONN_CONNECTING || r->state == CONN_GREETING) &&
        now - r->since_ms > ANSWER_MS) {
        conn_drop(r, "connecting took too long");
    } else if (oldest != NULL && now - oldest->sent_ms > ANSWER_MS) {
        conn_drop(r, "no answer in time");
    }
}

/* ---- life ---- */

struct conn *
conn_create(struct loop *loop, const struct config *config, const char *name,
            const struct conn_events *events, void *ctx)
{
    struct conn *r = mem_zalloc(sizeof(*r));

    r->loop = loop;
    r->config = config;
    r->name = name;
    r->events = *events;
    r->ctx = ctx;
    r->discovery = discovery_create(loop, config, on_found, r);
    if (r->discovery == NULL) {
        free(r);
        return NULL;
    }
    r->retry = loop_timer_create(loop, on_retry, r->discovery);
    r->watchdog = loop_timer_create(loop, on_watchdog, r);
    loop_timer_start(r->watchdog, WATCHDOG_MS, WATCHDOG_MS);
    return r;
}

void
conn_start(struct conn *r)
{
    loop_timer_start(r->retry, 0, 0);
}

void
conn_destroy(struct conn *r)
{
    if (r == NULL) {
        return;
    }
    close_socket(r);
    discovery_destroy(r->discovery);
    loop_timer_destroy(r->retry);
    loop_timer_destroy(r->watchdog);
    reply_queue_fini(&r->queue);
    free(r);
}

bool
conn_is_up(const struct conn *r)
{
    return r->state == CONN_UP;
}

size_t
conn_in_flight(const struct conn *r)
{
    return r->queue.count;
}
