/* a_conn.h - a connection to a Redis that the test is. */
#ifndef TESTS_UNIT_PUSHD_REDIS_A_CONN_H
#define TESTS_UNIT_PUSHD_REDIS_A_CONN_H

#include <sys/mman.h>

#include "lib/redis/commands.h"
#include "push-daemon/redis/conn.h"
#include "push-daemon/redis/discovery.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"
#include "tests/unit/push-daemon/redis/peers.h"

struct scene {
    struct config config;
    struct loop *loop;
    struct conn *conn;
    char log[512]; /* a word for each thing that happened, with a blank behind it */
    bool drops;    /* on_reply gives the connection up */
    bool sends;    /* on_up sends a command */
};

/* ---- a fake discovery: it says what the test says ---- */

struct discovery {
    discovery_fn *fn;
    void *arg;
    bool searching;
};

static struct discovery discovery;
static bool has_no_address;

struct discovery *
discovery_create(struct loop *loop, const struct config *config, const struct target *target,
                 discovery_fn *fn, void *arg)
{
    (void)loop;
    (void)config;
    assert_string_equal(target->name, "test");
    discovery = (struct discovery){fn, arg, false};
    return has_no_address ? NULL : &discovery;
}

void
discovery_destroy(struct discovery *d)
{
    (void)d;
}

void
discovery_begin(struct discovery *d)
{
    d->searching = true;
}

void
discovery_rest(struct discovery *d)
{
    d->searching = false;
}

static inline void
found(struct scene *s, const char *address)
{
    struct redis_addr addr = {.redis = s->config.redis};

    addr.redis.socket = "";
    strcpy(addr.address, address);
    discovery.fn(discovery.arg, &addr);
}

/* ---- the scene ---- */

static inline void
note(struct scene *s, const char *word, const struct reply *reply)
{
    size_t have = strlen(s->log);
    struct str text = reply_text(reply);

    snprintf(s->log + have, sizeof(s->log) - have, "%s%.*s ", word, (int)text.len, text.p);
}

#define assert_log(s, wanted)                                                                      \
    do {                                                                                           \
        assert_string_equal((s)->log, wanted);                                                     \
        (s)->log[0] = '\0';                                                                        \
    } while (0)

static inline void
send_words(struct conn *conn, const char *words, reply_fn *fn, void *arg, bool script)
{
    struct argv argv;
    char copy[256], *rest = copy, *word;

    argv_init(&argv);
    snprintf(copy, sizeof(copy), "%s", words);
    while ((word = strsep(&rest, " ")) != NULL) {
        argv_add_str(&argv, word);
    }
    (script ? conn_send_script : conn_send)(conn, &argv, fn, arg);
    argv_fini(&argv);
}

static inline void
on_reply(void *arg, const struct reply *reply)
{
    struct scene *s = arg;

    note(s, reply_type(reply) == REPLY_LOST ? "lost" : "reply:", reply);
    if (s->drops) {
        conn_drop(s->conn, "the test says so");
    }
}

static inline void
on_up(void *ctx)
{
    struct scene *s = ctx;

    note(s, "up", NULL);
    assert_true(conn_is_up(s->conn));
    if (s->sends) {
        send_words(s->conn, "GET first", on_reply, s, false);
    }
}

static inline void
on_down(void *ctx)
{
    note(ctx, "down", NULL);
}

static inline void
on_moved(void *ctx, const struct redis_addr *addr)
{
    note(ctx, addr->address, NULL);
}

static inline void
on_push(void *ctx, const struct reply *reply)
{
    note(ctx, "push:", reply);
}

static inline void
on_refused(void *ctx, const struct reply *reply)
{
    note(ctx, "refused:", reply);
}

static const struct target target = {.name = "test"};
static const struct conn_events events = {on_up, on_down, on_moved, on_refused, NULL};
static const struct conn_events subscription_events = {on_up, on_down, on_moved, NULL, on_push};

/* As the daemon does at the end of each turn. */
static inline void
flush(void *arg)
{
    struct scene *s = arg;

    conn_flush(s->conn);
}

static inline int
set_up(void **state)
{
    static struct scene s;

    memset(&s, 0, sizeof(s));
    has_no_address = false;
    a_config_make(&s.config);
    s.loop = loop_create();
    s.conn = conn_create(s.loop, &s.config, &target, &events, &s);
    loop_on_turn_end(s.loop, flush, &s);
    *state = &s;
    return 0;
}

static inline int
tear_down(void **state)
{
    struct scene *s = *state;

    conn_destroy(s->conn);
    loop_destroy(s->loop);
    a_config_free(&s->config);
    peers_forget();
    return 0;
}

static inline void
use_subscription(struct scene *s)
{
    conn_destroy(s->conn);
    s->conn = conn_create(s->loop, &s->config, &target, &subscription_events, s);
}

/* From the start, or from the begin of a retry, to a socket that is connected. */
static inline void
connect_to(struct scene *s, const char *address)
{
    assert_true(discovery.searching);
    found(s, address);
    peer_connected(s->loop, peer_last());
}

static inline void
bring_up(struct scene *s)
{
    conn_start(s->conn);
    fake_loop_advance(s->loop, 1000);
    connect_to(s, "10.0.0.1");
    assert_string_equal(peer_commands(peer_last()), "ENCODING|PING|");
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    assert_true(conn_is_up(s->conn));
    assert_log(s, "up ");
}

static inline void
command(struct scene *s, const char *words)
{
    send_words(s->conn, words, on_reply, s, false);
}

#endif
