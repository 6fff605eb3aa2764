/* a_presence.h - presence between clients and a Redis that are made up. */
#ifndef TESTS_UNIT_PUSHD_PRESENCE_A_PRESENCE_H
#define TESTS_UNIT_PUSHD_PRESENCE_A_PRESENCE_H

#include <stdio.h>
#include <unistd.h>

#include "push-daemon/presence/presence.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/fake_log.h"
#include "tests/unit/push-daemon/fake_nodes.h"

static struct test {
    struct a_env env;
    struct nodes commands;
    struct presence *p;
    struct text told; /* as "g {…}." */
} t;

static inline void
on_tell(void *ctx, struct str group, struct str frame)
{
    assert_ptr_equal(ctx, &t);
    text_add(&t.told, group.p, group.len);
    text_add_str(&t.told, " ");
    text_add(&t.told, frame.p, frame.len);
    text_add_str(&t.told, ".");
}

static inline void
create(const char *on)
{
    const struct presence_hooks hooks = {&t, on_tell};

    memset(&t, 0, sizeof(t));
    fake_log_clear();
    a_env_make(&t.env);
    a_config_set(&t.env.config, "im.presence.on", on);
    t.commands.ready = true;
    t.p = presence_create(&t.env.env, &t.commands, str_of("d"), &hooks);
    text_init(&t.told);
}

static inline int
setup(void **state)
{
    (void)state;
    create("1");
    return 0;
}

static inline int
teardown(void **state)
{
    (void)state;
    presence_destroy(t.p);
    fake_commands_free(&t.commands);
    text_fini(&t.told);
    a_env_free(&t.env);
    return 0;
}

/* ---- what the tests say ---- */

static inline void
enter(const char *group, const char *user)
{
    presence_enter(t.p, str_of(group), str_of(user));
}

static inline void
leave(const char *group, const char *user)
{
    presence_leave(t.p, str_of(group), str_of(user));
}

static inline bool
is_lease(void)
{
    return str_is(fake_commands_word(&t.commands, 0, 1), scripts[SCRIPT_LEASE].sha1);
}

/* How many reports await a reply; leases are answered. */
static inline size_t
reports(void)
{
    while (fake_commands_open(&t.commands) > 0 && is_lease()) {
        fake_commands_answer(&t.commands, ":0\r\n");
    }
    return fake_commands_open(&t.commands);
}

/* Time passes; nothing is reported meanwhile. */
static inline void
wait(int64_t ms)
{
    for (; ms > 0; ms -= 1000) {
        fake_loop_advance(t.env.env.loop, ms < 1000 ? ms : 1000);
        assert_int_equal(reports(), 0);
    }
}

static inline void
advance(int64_t ms)
{
    fake_loop_advance(t.env.env.loop, ms);
}

/* Those that the oldest report tells of. */
static inline int
connections(void)
{
    return atoi(fake_commands_word(&t.commands, 0, 14).p);
}

/* The oldest report is this one, whatever it says of connections. */
static inline void
assert_report(const char *group, int users, const char *ids)
{
    char words[300];

    assert_true(reports() > 0);
    snprintf(words, sizeof(words),
             "EVALSHA presence 3 fim:on:%s fim:hosts fim:top d %d %s 200 10000 fim:ev:%s %s 0 %d",
             group, users, ids, group, group, connections());
    assert_command(&t.commands, 0, words);
    assert_true(t.commands.sent[t.commands.first].script);
}

/* Redis says what was told last: ids NULL: none. */
static inline void
answer(int online, const char *ids, int wait_ms)
{
    char told[300] = "$-1", wire[400];

    assert_true(reports() > 0);
    if (ids != NULL) {
        snprintf(told, sizeof(told), "$%zu\r\n%s", strlen(ids), ids);
    }
    snprintf(wire, sizeof(wire), "*3\r\n:%d\r\n%s\r\n:%d\r\n", online, told, wait_ms);
    fake_commands_answer(&t.commands, wire);
}

static inline void
hear(const char *event)
{
    presence_on_event(t.p, str_of("g"), str_of(event));
}

static inline void
assert_told(const char *wanted)
{
    text_add_str(&t.told, "");
    assert_bytes(text_str(&t.told), str_of(wanted));
    text_clear(&t.told);
}

static inline void
assert_state(const char *wanted)
{
    struct text state;

    text_init(&state);
    presence_add_state(t.p, str_of("g"), &state);
    assert_bytes(text_str(&state), str_of(wanted));
    text_fini(&state);
}

static inline void
enter_many(int groups)
{
    char id[12];

    for (int i = 0; i < groups; i++) {
        snprintf(id, sizeof(id), "%d", i);
        enter(id, "u");
    }
}

#endif
