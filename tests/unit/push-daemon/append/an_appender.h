/* an_appender.h - an appender with one Redis that is made up, and senders who note what they are
 * told. */
#ifndef TESTS_UNIT_PUSHD_APPEND_AN_APPENDER_H
#define TESTS_UNIT_PUSHD_APPEND_AN_APPENDER_H

#include <inttypes.h>
#include <stdio.h>

#include "push-daemon/append/append.h"
#include "push-daemon/hub/hub.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/fake_nodes.h"
#include "tests/unit/push-daemon/fake_log.h"

enum {
    BEGIN_MS = 5000,  /* our clock at the beginning */
    NOW = 1700000000, /* Redis' clock then */
    SENDERS = 200
};

static struct test {
    struct a_env env;
    struct nodes commands;
    struct appender *appender;
    int64_t heard; /* messages up to this ts have come back */
    char told[SENDERS + 1];
    int order[SENDERS]; /* of the senders, as they were told */
    int told_count;
} t;

/* ---- the scene ---- */

bool
hub_has_heard(const struct hub *hub, struct str group, int64_t ts)
{
    assert_ptr_equal(hub, &t.heard);
    assert_bytes(group, BYTES("g"));
    return ts <= t.heard;
}

static inline int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_env_make(&t.env);
    fake_log_clear();
    t.commands.ready = true;
    t.commands.clock = &t.env.redis_clock;
    fake_clock.ms = BEGIN_MS;
    t.env.redis_clock.ahead_ms = NOW - BEGIN_MS;
    t.appender = append_create(&t.env.env, &t.commands, BYTES("node"), (struct hub *)&t.heard);
    append_on_ready(t.appender, fake_node(&t.commands));
    memset(t.told, '-', SENDERS);
    return 0;
}

static inline int
teardown(void **state)
{
    (void)state;
    append_destroy(t.appender);
    fake_commands_free(&t.commands);
    a_env_free(&t.env);
    return 0;
}

/* For the next row of a table. */
static inline void
restart(void **state)
{
    teardown(state);
    setup(state);
}

/* ---- what the tests say ---- */

static inline void
on_outcome(void *arg, const struct append_outcome *outcome)
{
    char *mark = arg;

    assert_int_equal(*mark, '-');     /* told once */
    *mark = "SLRJA"[outcome->result]; /* stored, not logged in, refused, not joined, a rule */
    t.order[t.told_count++] = (int)(mark - t.told);
}

/* Sender i sends the message "mI". */
static inline bool
post(int i)
{
    char info[16];
    struct append_message m = {BYTES("g"),      BYTES("u"), str_make(NULL, 0),
                               BYTES("secret"), BYTES(""),  CMD_UNVERIFIED};

    snprintf(info, sizeof(info), "m%d", i);
    m.info = str_of(info);
    return append_message(t.appender, NULL, &m, on_outcome, &t.told[i]);
}

static inline void
post_many(int first, int count)
{
    for (int i = first; i < first + count; i++) {
        assert_true(post(i));
    }
}

/* What each of the first senders was told. */
static inline void
assert_told(const char *wanted)
{
    assert_bytes(str_make(t.told, strlen(wanted)), str_of(wanted));
}

/* The i-th command is the append of sender `sender`, with that seq in that epoch. */
static inline void
assert_append_until(size_t i, int sender, int epoch, int seq, int64_t deadline)
{
    char words[500];

    snprintf(words, sizeof(words),
             "EVALSHA append 9 gml:g gmt:g fim:seq:node:%d fim:refused:node:%d login:u fim:rules:g "
             "fim:rules: fim:sent:g/u fim:cap:g "
             "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"m%d\",\"ts\": } mq:g 604800 100000 %d "
             "%" PRId64 " secret  u 0 0 0",
             epoch, epoch, sender, seq, deadline);
    assert_command(&t.commands, i, words);
}

static inline void
assert_append(size_t i, int sender, int epoch, int seq)
{
    assert_append_until(i, sender, epoch, seq, NOW + 2500);
}

static inline void
assert_open_commands(size_t count)
{
    assert_int_equal(fake_commands_open(&t.commands), count);
}

static inline void
answer(const char *wire)
{
    fake_commands_answer(&t.commands, wire);
}

/* The connection breaks, and there is another one. */
static inline void
reconnect(void)
{
    fake_commands_lose(&t.commands);
    append_on_down(t.appender, fake_node(&t.commands));
    t.commands.ready = true;
    append_on_ready(t.appender, fake_node(&t.commands));
}

/* The first question then: which of the open ones were refused? */
static inline void
assert_asks_for_refusals(int open)
{
    char words[60];

    snprintf(words, sizeof(words), "LRANGE fim:refused:node:1 -%d -1", open);
    assert_command(&t.commands, 0, words);
}

/* Its answer, and then that to the second question: the highest seq. */
static inline void
answer_seq(const char *wire)
{
    answer("*0\r\n");
    assert_command(&t.commands, 0, "GET fim:seq:node:1");
    answer(wire);
}

#endif
