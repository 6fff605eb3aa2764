/* test_pace.c - clients that send more than they may are read no further for a moment. */
#include "push-daemon/client/pace.h"

#include "push-daemon/client/session.h"
#include "push-daemon/frames/form.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/a_request.h"
#include "tests/unit/push-daemon/fake_log.h"
#include "tests/unit/push-daemon/fake_ws.h"

static struct test {
    struct a_env env;
    struct session_owner owner;
    struct ws ws;
    struct session *s;
    struct pace *pace;
} t;

static void
on_leave(struct session *s)
{
    (void)s;
}

static void
on_closed(struct session_owner *owner, struct session *s)
{
    (void)owner;
    (void)s;
}

static const struct session_kind kind = {.name = "talking", .form = &form_v1, .on_leave = on_leave};

static int
setup(void **state)
{
    struct ws_request request = a_request("g", "u", "10.0.0.1");

    (void)state;
    memset(&t, 0, sizeof(t));
    a_env_make(&t.env);
    fake_log_clear();
    t.owner.env = &t.env.env;
    t.owner.on_closed = on_closed;
    t.s = session_create(&t.owner, &t.ws, &request, &kind, NULL);
    t.pace = pace_create(&t.env.env);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    pace_destroy(t.pace);
    session_on_closed(t.s);
    fake_ws_free(&t.ws);
    a_env_free(&t.env);
    return 0;
}

static void
a_client_is_held_for_a_moment_each_time(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        pace_hold(t.pace, t.s, 1);
        pace_hold(t.pace, t.s, 1); /* the same moment */
        assert_true(t.ws.paused);
        assert_int_equal(t.s->refs, 1);
        fake_loop_advance(t.env.env.loop, PACE_MS - 1);
        assert_true(t.ws.paused);
        fake_loop_advance(t.env.env.loop, 1);
        assert_false(t.ws.paused);
        assert_int_equal(t.s->refs, 0);
    }
}

static void
one_may_be_held_for_longer_than_another(void **state)
{
    static const struct {
        int64_t asked_ms, held_ms;
    } rows[] = {
        {0, PACE_MS},
        {PACE_MS, PACE_MS},
        {PACE_MS + 1, PACE_MS + 10},
        {7 * PACE_MS - 5, 7 * PACE_MS},
        {-1, PACE_MS},
        {PACE_MAX_MS + 1, PACE_MAX_MS},
        {INT64_MAX, PACE_MAX_MS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        pace_hold(t.pace, t.s, rows[i].asked_ms);
        pace_hold(t.pace, t.s, PACE_MAX_MS); /* it is held already */
        for (int64_t ms = 1; ms < rows[i].held_ms; ms++) {
            fake_loop_advance(t.env.env.loop, 1);
            assert_true(t.ws.paused);
        }
        fake_loop_advance(t.env.env.loop, 1);
        assert_false(t.ws.paused);
        assert_int_equal(t.s->refs, 0);
    }
}

/* As what they have sent is read in one turn. */
static void
those_that_are_held_together_are_let_go_few_at_a_time(void **state)
{
    enum {
        COUNT = 100
    };
    struct ws_request request = a_request("g", "u", "10.0.0.1");
    static struct ws sockets[COUNT];
    struct session *all[COUNT];
    int held = COUNT;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        sockets[i] = (struct ws){.killed = false};
        all[i] = session_create(&t.owner, &sockets[i], &request, &kind, NULL);
        pace_hold(t.pace, all[i], 1);
    }
    fake_loop_advance(t.env.env.loop, PACE_MS - 1);
    for (int ms = PACE_MS - 1; held > 0; ms++) {
        int before = held;

        fake_loop_advance(t.env.env.loop, 1);
        held = 0;
        for (int i = 0; i < COUNT; i++) {
            held += sockets[i].paused;
        }
        assert_in_range(before - held, 0, 14);
        assert_in_range(ms, 0, 2 * PACE_MS);
    }
    for (int i = 0; i < COUNT; i++) {
        session_on_closed(all[i]);
        fake_ws_free(&sockets[i]);
    }
}

/* Its close frame is to be read. */
static void
a_client_that_leaves_is_not_held(void **state)
{
    (void)state;
    session_close(t.s, CLOSE_STOPPING);
    pace_hold(t.pace, t.s, 1);
    assert_false(t.ws.paused);
    assert_int_equal(t.s->refs, 0);
}

static void
those_that_are_held_at_the_end_are_let_go(void **state)
{
    (void)state;
    pace_hold(t.pace, t.s, 1);
    pace_destroy(t.pace);
    assert_int_equal(t.s->refs, 0);
    t.pace = NULL;
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_client_is_held_for_a_moment_each_time),
        TEST(one_may_be_held_for_longer_than_another),
        TEST(those_that_are_held_together_are_let_go_few_at_a_time),
        TEST(a_client_that_leaves_is_not_held),
        TEST(those_that_are_held_at_the_end_are_let_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
