/* a_session.h - a session whose connection, log and kind are made up. */
#ifndef TESTS_UNIT_PUSHD_CLIENT_A_SESSION_H
#define TESTS_UNIT_PUSHD_CLIENT_A_SESSION_H

#include <stdlib.h>

#include "push-daemon/client/alive.h"
#include "push-daemon/client/receive.h"
#include "push-daemon/client/session.h"
#include "push-daemon/frames/form.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/a_frame.h"
#include "tests/unit/push-daemon/a_request.h"
#include "tests/unit/push-daemon/fake_log.h"
#include "tests/unit/push-daemon/fake_ws.h"

static struct test {
    struct a_env env;
    struct session_owner owner;
    struct ws ws;
    struct session *s;
    struct framelog log;
    struct text texts; /* that came in, each with a '.' behind it */
    int left, closed;  /* how often it was told */
    int due;           /* how often the owner was to look at it */
} t;

/* ---- what the session tells ---- */

static inline void
on_text(struct session *s, struct str text)
{
    assert_ptr_equal(s->ctx, &t);
    text_add(&t.texts, text.p, text.len);
    text_add_str(&t.texts, ".");
}

static inline void
on_leave(struct session *s)
{
    assert_false(session_is_open(s));
    t.left++;
}

static inline void
on_closed(struct session_owner *owner, struct session *s)
{
    assert_ptr_equal(owner, &t.owner);
    assert_null(s->ws);
    t.closed++;
}

static inline void
on_check(void *arg, struct timer_wheel_item *item)
{
    (void)arg;
    assert_ptr_equal(item, &t.s->check);
    t.due++;
}

static const struct session_kind talking = {
    .name = "talking", .form = &form_v1, .on_text = on_text, .on_leave = on_leave};
static const struct session_kind listening = {
    .name = "listening", .form = &form_v1, .on_leave = on_leave};

static inline void
begin(const struct session_kind *kind)
{
    struct ws_request request = a_request("g", "u", "10.0.0.1");

    memset(&t, 0, sizeof(t));
    a_env_make(&t.env);
    fake_log_clear();
    t.owner.env = &t.env.env;
    t.owner.on_closed = on_closed;
    framelog_init(&t.log);
    text_add_str(&t.texts, "");
    t.s = session_create(&t.owner, &t.ws, &request, kind, &t);
}

static inline int
setup(void **state)
{
    (void)state;
    begin(&talking);
    return 0;
}

static inline int
teardown(void **state)
{
    (void)state;
    if (t.s != NULL && t.s->state != SESSION_CLOSED) {
        session_on_closed(t.s);
    }
    framelog_fini(&t.log);
    text_fini(&t.texts);
    fake_ws_free(&t.ws);
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

/* It was let in, and reads the log from its end on. */
static inline void
go_live(void)
{
    session_set_state(t.s, SESSION_LIVE);
    reader_attach(&t.s->reader, &t.log, framelog_end(&t.log));
}

static inline void
piece(const char *text, bool last)
{
    receive_piece(t.s, &(struct ws_piece){.bytes = str_of(text), .last = last});
}

#define assert_texts(wanted) assert_bytes(text_str(&t.texts), str_of(wanted))

static inline void
assert_closed_once(const char *reason)
{
    assert_false(session_is_open(t.s));
    assert_int_equal(t.left, 1);
    assert_int_equal(a_env_closes(&t.env, reason), 1);
    assert_int_equal(fake_log_count("info closed session="), 1);
    assert_int_equal(fake_log_count(reason), 1);
}

/* Turns of the owner's wheel, each a second. */
static inline void
turn(int seconds)
{
    for (int i = 0; i < seconds; i++) {
        timer_wheel_turn(&t.owner.checks, on_check, NULL);
    }
}

#endif
