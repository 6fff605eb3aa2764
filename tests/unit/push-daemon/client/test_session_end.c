/* test_session_end.c - a session is closed, once, and its client is told why. */
#include "tests/unit/push-daemon/client/a_session.h"

static void
a_session_is_closed_once(void **state)
{
    (void)state;
    go_live();
    append_text(&t.log, BYTES("m1"));
    fake_loop_advance(t.env.env.loop, 1500);
    session_close(t.s, CLOSE_STOPPING);
    session_close(t.s, CLOSE_REDIS_LOST);
    session_send_text(t.s, "429");
    session_flush(t.s);
    piece("late", true);
    assert_frames(&t.ws, "(1001)"); /* what it has not read of its log is lost */
    assert_texts("");
    assert_closed_once("the daemon stops");
    assert_int_equal(fake_log_count("age_ms=1500\n"), 1);
    assert_int_equal(t.s->state, SESSION_CLOSING);
    assert_false(reader_is_attached(&t.s->reader));
    assert_false(t.ws.killed);
    assert_int_equal(t.closed, 0); /* its connection is still there */
}

static void
a_refusal_is_a_text_and_a_close_frame(void **state)
{
    (void)state;
    session_hold(t.s, HOLD_APPENDS);
    session_close(t.s, CLOSE_TOKEN_EXPIRED);
    assert_frames(&t.ws, "440|(1000)");
    assert_false(t.ws.paused); /* to read the answer to the close frame */
    assert_closed_once("token is no longer valid");
    assert_int_equal(fake_log_count("code=1000"), 1);
}

/* Whether its client may come in is not known before; then it is an HTTP status. */
static void
a_stream_that_has_not_begun_is_refused(void **state)
{
    (void)state;
    t.ws.is_stream = true;
    session_hold(t.s, HOLD_PACE);
    session_close(t.s, CLOSE_NOT_LOGGED_IN);
    assert_closed_once("not logged in");
    assert_int_equal(t.ws.refused->error, 440);
    assert_int_equal(t.ws.writes, 0);
    assert_false(t.ws.paused); /* its end is read */
    assert_false(t.ws.killed);
}

static void
the_end_of_a_stream_follows_its_last_frame(void **state)
{
    (void)state;
    t.ws.is_stream = true;
    event_stream_begin(&t.ws);
    go_live();
    session_close(t.s, CLOSE_STOPPING);
    assert_closed_once("the daemon stops");
    assert_true(t.ws.sent.len > 0);
    assert_true(t.ws.ended);
    assert_null(t.ws.refused);
}

static void
the_close_frame_waits_for_what_stands_before_it(void **state)
{
    (void)state;
    t.ws.full = t.ws.kept = true;
    session_send_text(t.s, "a");
    session_close(t.s, CLOSE_STOPPING);
    assert_frames(&t.ws, "");
    fake_ws_take_all(&t.ws);
    session_on_writable(t.s);
    assert_frames(&t.ws, "a|(1001)");
}

static void
a_reason_without_a_code_ends_the_connection_at_once(void **state)
{
    (void)state;
    session_close(t.s, CLOSE_NO_PONG);
    assert_frames(&t.ws, "");
    assert_true(t.ws.killed);
    assert_closed_once("no answer to pings");
}

static void
its_owner_looks_at_it_five_seconds_after_the_close(void **state)
{
    (void)state;
    session_check_in(t.s, 25);
    session_close(t.s, CLOSE_STOPPING);
    turn(4);
    assert_int_equal(t.due, 0);
    turn(1);
    assert_int_equal(t.due, 1);
}

static void
a_client_that_leaves_is_sent_nothing_more(void **state)
{
    (void)state;
    go_live();
    t.ws.full = t.ws.kept = true;
    session_send_text(t.s, "a");
    assert_false(session_on_leaving(t.s)); /* ours is still to be sent, by ws */
    assert_closed_once("client closed");
    fake_ws_take_all(&t.ws);
    session_on_writable(t.s);
    assert_frames(&t.ws, "");
    assert_true(session_on_leaving(t.s));
    assert_int_equal(t.left, 1);
}

static void
the_answer_to_our_close_frame_ends_it(void **state)
{
    (void)state;
    session_close(t.s, CLOSE_STOPPING);
    assert_true(session_on_leaving(t.s));
    assert_closed_once("the daemon stops");
}

static void
a_lost_connection_is_told_and_all_is_let_go(void **state)
{
    (void)state;
    piece("early", true);
    t.ws.kept = true;
    session_send_text(t.s, "a");
    session_on_closed(t.s);
    assert_closed_once("connection lost");
    assert_int_equal(t.s->state, SESSION_CLOSED);
    assert_int_equal(t.closed, 1);
    assert_true(outbox_is_empty(&t.s->outbox));
    assert_false(inbox_has_kept(&t.s->inbox));
    turn(128);
    assert_int_equal(t.due, 0); /* nobody looks at it any more */
    session_flush(t.s);
    session_release(t.s, HOLD_AUTH);
    assert_int_equal(t.ws.pauses, 1); /* its connection is not touched */
    assert_int_equal(t.env.reaper.count, 1);
    assert_ptr_equal(t.env.reaper.dead[0], t.s);
}

static void
a_session_is_freed_when_nobody_refers_to_it(void **state)
{
    (void)state;
    session_ref(t.s);
    session_ref(t.s);
    session_on_closed(t.s);
    assert_int_equal(t.env.reaper.count, 0);
    session_unref(t.s);
    assert_int_equal(t.env.reaper.count, 0);
    session_unref(t.s);
    assert_int_equal(t.env.reaper.count, 1);
}

static void
a_session_with_a_connection_is_not_freed(void **state)
{
    (void)state;
    session_ref(t.s);
    session_unref(t.s);
    session_close(t.s, CLOSE_STOPPING);
    session_ref(t.s);
    session_unref(t.s);
    assert_int_equal(t.env.reaper.count, 0);
    session_on_closed(t.s);
    assert_int_equal(t.env.reaper.count, 1);
    assert_int_equal(t.left, 1);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_session_is_closed_once),
        TEST(a_refusal_is_a_text_and_a_close_frame),
        TEST(a_stream_that_has_not_begun_is_refused),
        TEST(the_end_of_a_stream_follows_its_last_frame),
        TEST(the_close_frame_waits_for_what_stands_before_it),
        TEST(a_reason_without_a_code_ends_the_connection_at_once),
        TEST(its_owner_looks_at_it_five_seconds_after_the_close),
        TEST(a_client_that_leaves_is_sent_nothing_more),
        TEST(the_answer_to_our_close_frame_ends_it),
        TEST(a_lost_connection_is_told_and_all_is_let_go),
        TEST(a_session_is_freed_when_nobody_refers_to_it),
        TEST(a_session_with_a_connection_is_not_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
