/* test_sessions_v2.c - what is different for clients of fastim.v2 while they come in, send, and at
 * the end of the daemon. */
#include "push-daemon/client/sessions.h"

#include "push-daemon/client/v2_state.h"
#include "push-daemon/frames/form.h"
#include "tests/unit/push-daemon/a_crowd.h"

#define LOGIN "{\"type\":\"error\",\"code\":440,\"reason\":\"login\"}|(4440)"

static struct a_crowd t;
static int texts;

static void
on_leave(struct session *s)
{
    (void)s;
}

static void
on_text(struct session *s, struct str text)
{
    (void)text;
    texts++;
    s->v2->awaits_auth = false;
}

static void
on_drain(struct session *s, int64_t span_ms)
{
    assert_int_equal(span_ms, 8000);
    session_send_text(s, "reconnect");
}

static size_t
max_bytes(const struct config *config)
{
    (void)config;
    return 10;
}

static const struct session_kind kind = {.name = "kind",
                                         .form = &form_v2,
                                         .on_text = on_text,
                                         .max_bytes = max_bytes,
                                         .refuses_binary = true,
                                         .on_drain = on_drain,
                                         .on_leave = on_leave};
static const struct session_kind plain = {
    .name = "plain", .form = &form_v1, .on_text = on_text, .on_leave = on_leave};

static void
open_one(int i, const struct session_kind *k)
{
    struct ws_request request = a_v2_request("g", "-", "");

    t.s[i] = sessions_open(t.sessions, &t.ws[i], &request, k, NULL);
}

static int
setup(void **state)
{
    (void)state;
    a_crowd_make(&t);
    texts = 0;
    open_one(0, &kind);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    a_crowd_free(&t);
    return 0;
}

/* ---- coming in ---- */

static void
five_seconds_are_left_to_say_who_it_is(void **state)
{
    (void)state;
    t.s[0]->v2->awaits_auth = true;
    a_crowd_wait(&t, 4);
    assert_true(session_is_open(t.s[0]));
    a_crowd_wait(&t, 1);
    assert_frames(&t.ws[0], LOGIN);
    assert_int_equal(a_env_closes(&t.env, "no login came in time"), 1);
}

/* From then on it has the time that everybody has. */
static void
three_seconds_are_left_from_then_on(void **state)
{
    (void)state;
    t.s[0]->v2->awaits_auth = true;
    a_crowd_wait(&t, 4);
    t.s[0]->v2->awaits_auth = false;
    t.s[0]->enters_since_ms = env_now_ms(&t.env.env);
    a_crowd_wait(&t, 2);
    assert_true(session_is_open(t.s[0]));
    a_crowd_wait(&t, 1);
    assert_frames(&t.ws[0], "{\"type\":\"error\",\"code\":503,\"reason\":\"redis\"}|(1013)");
}

/* ---- what comes in ---- */

static void
give(int i, struct ws_piece piece)
{
    receive_piece(t.s[i], &piece);
}

static void
the_frame_that_is_awaited_is_not_kept(void **state)
{
    (void)state;
    t.s[0]->v2->awaits_auth = true;
    give(0, (struct ws_piece){.bytes = BYTES("au"), .first = true});
    assert_int_equal(texts, 0);
    give(0, (struct ws_piece){.bytes = BYTES("th"), .last = true});
    assert_int_equal(texts, 1);
    assert_false(t.ws[0].paused);
    a_crowd_say(&t, 0, BYTES("more"));
    assert_int_equal(texts, 1);
    assert_true(t.ws[0].paused);
    session_set_state(t.s[0], SESSION_WAITING);
    a_crowd_say(&t, 0, BYTES("more")); /* not before its first frame */
    assert_int_equal(texts, 1);
    session_set_state(t.s[0], SESSION_LIVE);
    receive_kept(t.s[0]);
    assert_int_equal(texts, 3);
    assert_false(t.ws[0].paused);
}

static void
a_binary_frame_is_refused(void **state)
{
    static const bool is_awaited[] = {true, false};

    for (int i = 0; i < 2; i++) {
        teardown(state);
        setup(state);
        t.s[0]->v2->awaits_auth = is_awaited[i];
        if (!is_awaited[i]) {
            session_set_state(t.s[0], SESSION_LIVE);
        }
        give(0,
             (struct ws_piece){.bytes = BYTES("x"), .first = true, .last = true, .binary = true});
        assert_frames(&t.ws[0], "(1003)");
        assert_int_equal(texts, 0);
    }
}

static void
a_binary_frame_of_part_1_is_ignored(void **state)
{
    (void)state;
    open_one(1, &plain);
    session_set_state(t.s[1], SESSION_WAITING);
    give(1, (struct ws_piece){.bytes = BYTES("x"), .first = true, .last = true, .binary = true});
    assert_frames(&t.ws[1], "");
    assert_int_equal(texts, 0);
}

static void
a_frame_above_the_limit_of_its_kind_closes(void **state)
{
    (void)state;
    session_set_state(t.s[0], SESSION_LIVE);
    a_crowd_say(&t, 0, BYTES("0123456789"));
    assert_int_equal(texts, 1);
    a_crowd_say(&t, 0, BYTES("0123456789x"));
    assert_frames(&t.ws[0], "(1009)");
    assert_int_equal(texts, 1);
}

/* ---- rates ---- */

/* What Redis had to read for it is paid for by the rate of bytes. */
static void
what_a_client_has_asked_for_counts_for_its_rates(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "push.bytesPerSecond", "1000");
    a_config_set(&t.env.config, "push.byteBurst", "2000");
    open_one(1, &kind); /* the same user */
    sessions_charge(t.sessions, t.s[0], 3000);
    assert_false(sessions_take_message(t.sessions, t.s[0], 1));
    assert_false(sessions_take_message(t.sessions, t.s[1], 1));
    fake_loop_advance(t.env.env.loop, 1100);
    assert_true(sessions_take_message(t.sessions, t.s[0], 1));
    a_config_set(&t.env.config, "push.bytesPerSecond", "0");
    sessions_charge(t.sessions, t.s[0], 1 << 30);
    assert_true(sessions_take_message(t.sessions, t.s[0], 1));
}

/* ---- the end ---- */

static void
those_who_are_in_are_told_that_the_daemon_stops(void **state)
{
    (void)state;
    open_one(1, &kind);
    open_one(2, &kind);
    open_one(3, &plain);
    session_set_state(t.s[0], SESSION_LIVE);
    session_set_state(t.s[1], SESSION_WAITING);
    session_set_state(t.s[2], SESSION_LIVE);
    session_set_state(t.s[3], SESSION_LIVE);
    session_close(t.s[2], CLOSE_BINARY);
    sessions_announce_drain(t.sessions, 8000);
    assert_frames(&t.ws[0], "reconnect");
    assert_frames(&t.ws[1], "");
    assert_frames(&t.ws[2], "(1003)");
    assert_frames(&t.ws[3], "");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(five_seconds_are_left_to_say_who_it_is),
        TEST(three_seconds_are_left_from_then_on),
        TEST(the_frame_that_is_awaited_is_not_kept),
        TEST(a_binary_frame_is_refused),
        TEST(a_binary_frame_of_part_1_is_ignored),
        TEST(a_frame_above_the_limit_of_its_kind_closes),
        TEST(what_a_client_has_asked_for_counts_for_its_rates),
        TEST(those_who_are_in_are_told_that_the_daemon_stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
