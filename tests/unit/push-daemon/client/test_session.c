/* test_session.c - a client comes, sends, and is held. */
#include "tests/unit/push-daemon/client/a_session.h"

/* ---- its life ---- */

static void
a_session_begins_by_entering(void **state)
{
    (void)state;
    assert_int_equal(t.s->state, SESSION_ENTERING);
    assert_true(session_is_open(t.s));
    assert_bytes(t.s->group, BYTES("g"));
    assert_bytes(t.s->user, BYTES("u"));
    assert_bytes(t.s->token, BYTES("secret"));
    assert_string_equal(address_text(&t.s->client).text, "10.0.0.1");
    assert_int_equal(t.s->opened_ms, FAKE_LOOP_BEGIN_MS);
    assert_int_equal(t.s->last_rx_ms, FAKE_LOOP_BEGIN_MS);
    assert_int_equal(t.s->last_ping_ms, FAKE_LOOP_BEGIN_MS);
    turn(1);
    assert_int_equal(t.due, 1);
}

static void
its_owner_looks_at_it_when_it_said_and_not_before(void **state)
{
    static const struct {
        unsigned seconds;
        int turns;
    } rows[] = {{0, 1}, {1, 1}, {2, 2}, {25, 25}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        t.due = 0;
        session_check_in(t.s, 50);
        session_check_in(t.s, rows[i].seconds); /* in place of the other */
        turn(rows[i].turns - 1);
        assert_int_equal(t.due, 0);
        turn(1);
        assert_int_equal(t.due, 1);
        turn(100);
        assert_int_equal(t.due, 1);
    }
}

/* ---- in ---- */

static void
texts_come_in_whole(void **state)
{
    (void)state;
    session_set_state(t.s, SESSION_WAITING);
    piece("one", true);
    piece("t", false);
    piece("w", false);
    piece("o", true);
    piece("", true); /* what an empty one means is the kind's to say */
    assert_texts("one.two..");
    assert_false(t.ws.paused);
}

static void
what_comes_early_is_kept_until_the_client_is_let_in(void **state)
{
    (void)state;
    piece("one", true);
    assert_true(t.ws.paused);
    piece("t", false);
    piece("wo", true);
    assert_int_equal(t.ws.pauses, 1);
    assert_texts("");
    session_set_state(t.s, SESSION_WAITING);
    receive_kept(t.s);
    assert_texts("one.two.");
    assert_false(t.ws.paused);
    assert_int_equal(t.ws.pauses, 2);
    piece("three", true);
    assert_texts("one.two.three.");
}

static void
nothing_is_replayed_to_a_client_that_was_closed(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "im.groupMessage.maxMessageBytes", "3");
    piece("four", true);
    piece("one", true);
    session_set_state(t.s, SESSION_WAITING);
    receive_kept(t.s); /* the first one closes it */
    assert_texts("");
    assert_closed_once("message too large");
    assert_false(inbox_has_kept(&t.s->inbox));
}

static void
what_may_not_come_in_closes(void **state)
{
    static const struct {
        bool binary;
        const char *first, *last;
        const char *frames;
        const char *texts;
    } rows[] = {
        {false, "01234", "56789", "", "0123456789."},
        {false, "01234", "56789x", "(1009)", ""},
        {false, "0123456789x", "", "(1009)", ""},
        {true, "x", "y", "", "y."}, /* binary: it is passed over */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        a_config_set(&t.env.config, "im.groupMessage.maxMessageBytes", "10");
        session_set_state(t.s, SESSION_WAITING);
        receive_piece(t.s,
                      &(struct ws_piece){.bytes = str_of(rows[i].first), .binary = rows[i].binary});
        piece(rows[i].last, true);
        assert_frames(&t.ws, rows[i].frames);
        assert_texts(rows[i].texts);
    }
}

static void
what_a_listening_client_says_is_ignored(void **state)
{
    teardown(state);
    begin(&listening);
    piece("one", true); /* while it enters, too */
    session_set_state(t.s, SESSION_LIVE);
    receive_piece(t.s, &(struct ws_piece){.bytes = BYTES("x"), .last = true, .binary = true});
    assert_true(session_is_open(t.s));
    assert_int_equal(t.ws.pauses, 0);
}

static void
a_client_is_read_when_all_holds_are_released(void **state)
{
    (void)state;
    session_hold(t.s, HOLD_APPENDS);
    session_hold(t.s, HOLD_DRAIN);
    session_hold(t.s, HOLD_APPENDS); /* counts once */
    assert_true(t.ws.paused);
    assert_int_equal(t.ws.pauses, 1);
    session_release(t.s, HOLD_APPENDS);
    assert_true(t.ws.paused);
    session_release(t.s, HOLD_APPENDS);
    session_release(t.s, HOLD_AUTH); /* is not held */
    assert_true(t.ws.paused);
    session_release(t.s, HOLD_DRAIN);
    assert_false(t.ws.paused);
    assert_int_equal(t.ws.pauses, 2);
    session_release(t.s, HOLD_DRAIN);
    assert_int_equal(t.ws.pauses, 2);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_session_begins_by_entering),
        TEST(its_owner_looks_at_it_when_it_said_and_not_before),
        TEST(texts_come_in_whole),
        TEST(what_comes_early_is_kept_until_the_client_is_let_in),
        TEST(nothing_is_replayed_to_a_client_that_was_closed),
        TEST(what_may_not_come_in_closes),
        TEST(what_a_listening_client_says_is_ignored),
        TEST(a_client_is_read_when_all_holds_are_released),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
