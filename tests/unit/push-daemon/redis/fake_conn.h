/* fake_conn.h - redis/conn.h without a connection: what is sent is kept, and the test calls back.
 *
 * One connection at a time. fake_conn.up is what conn_is_up() says. */
#ifndef TESTS_UNIT_PUSHD_REDIS_FAKE_CONN_H
#define TESTS_UNIT_PUSHD_REDIS_FAKE_CONN_H

#include <stdio.h>

#include "lib/redis/sentinel.h"
#include "push-daemon/redis/conn.h"
#include "tests/unit/push-daemon/replies.h"

enum {
    FAKE_CONN_MAX = 512 /* commands of a test */
};

struct conn {
    struct conn_events events;
    struct target target;
    void *ctx;
    bool refused; /* conn_create() returns NULL */
    int flushes;
    bool started, destroyed;
    bool up;
    size_t in_flight; /* what conn_in_flight() says */
    char dropped[64]; /* why; "": not */
    struct redis_addr addr;
    struct {
        char *words; /* with blanks between them, each cut at 60 bytes */
        bool script;
        reply_fn *fn;
        void *arg;
    } sent[FAKE_CONN_MAX];
    int count;    /* of sent */
    int answered; /* the first so many of them */
};

static struct conn fake_conn;

/* ---- for the test ---- */

static inline void
fake_conn_forget(void)
{
    for (int i = 0; i < fake_conn.count; i++) {
        free(fake_conn.sent[i].words);
    }
    memset(&fake_conn, 0, sizeof(fake_conn));
}

static inline void
fake_conn_up(void)
{
    fake_conn.up = true;
    fake_conn.events.on_up(fake_conn.ctx);
}

/* The oldest command that has had no answer was this one; this is its reply, NULL: it was lost. */
static inline void
fake_conn_answer(const char *words, const char *wire)
{
    int i = fake_conn.answered++;

    assert_in_range(i, 0, fake_conn.count - 1);
    assert_string_equal(fake_conn.sent[i].words, words);
    if (fake_conn.sent[i].fn != NULL) {
        reply_give(fake_conn.sent[i].fn, fake_conn.sent[i].arg, wire);
    }
}

/* The same without a look at it. */
static inline void
fake_conn_answer_any(const char *wire)
{
    assert_in_range(fake_conn.answered, 0, fake_conn.count - 1);
    fake_conn_answer(fake_conn.sent[fake_conn.answered].words, wire);
}

static inline int
fake_conn_unanswered(void)
{
    return fake_conn.count - fake_conn.answered;
}

/* The connection is lost, with all replies that were to come. */
static inline void
fake_conn_down(void)
{
    fake_conn.up = false;
    for (int n = fake_conn_unanswered(); n > 0; n--) {
        fake_conn_answer_any(NULL);
    }
    fake_conn.events.on_down(fake_conn.ctx);
}

/* ---- redis/conn.h ---- */

struct conn *
conn_create(struct loop *loop, const struct config *config, const struct target *target,
            const struct conn_events *events, void *ctx)
{
    (void)loop;
    (void)config;
    fake_conn.target = *target;
    fake_conn.events = *events;
    fake_conn.ctx = ctx;
    return fake_conn.refused ? NULL : &fake_conn;
}

void
conn_start(struct conn *c)
{
    c->started = true;
}

void
conn_destroy(struct conn *c)
{
    c->destroyed = true;
}

bool
conn_is_up(const struct conn *c)
{
    return c->up;
}

size_t
conn_in_flight(const struct conn *c)
{
    return c->in_flight;
}

static inline void
fake_conn_keep(struct conn *c, const struct argv *argv, reply_fn *fn, void *arg, bool script)
{
    struct text words;

    assert_true(c->up);
    assert_in_range(c->count, 0, FAKE_CONN_MAX - 1);
    text_init(&words);
    for (size_t i = 0; i < argv->count; i++) {
        struct str word = argv_word(argv, i);

        text_add_str(&words, i > 0 ? " " : "");
        text_add(&words, word.p, word.len > 60 ? 60 : word.len); /* a script's text is cut */
    }
    c->sent[c->count].words = words.bytes;
    c->sent[c->count].script = script;
    c->sent[c->count].fn = fn;
    c->sent[c->count].arg = arg;
    c->count++;
}

void
conn_send(struct conn *c, const struct argv *argv, reply_fn *fn, void *arg)
{
    fake_conn_keep(c, argv, fn, arg, false);
}

void
conn_send_script(struct conn *c, const struct argv *argv, reply_fn *fn, void *arg)
{
    fake_conn_keep(c, argv, fn, arg, true);
}

void
conn_flush(struct conn *c)
{
    c->flushes++;
}

void
conn_drop(struct conn *c, const char *reason)
{
    snprintf(c->dropped, sizeof(c->dropped), "%s", reason);
}

bool
conn_is_at(const struct conn *c, const struct redis_addr *addr)
{
    return strcmp(c->addr.address, addr->address) == 0;
}

#endif
