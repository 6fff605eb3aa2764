/* test_session_out.c - what goes out to a client, whatever its socket takes. */
#include "tests/unit/push-daemon/client/a_session.h"

/* ---- out ---- */

static void
frames_go_out_at_once(void **state)
{
    (void)state;
    session_send_text(t.s, "503");
    session_send_text(t.s, "429");
    assert_frames(&t.ws, "503|429");
    assert_int_equal(t.env.metrics.deliveries, 0); /* these are no messages */
}

static void
the_outbox_goes_before_the_log(void **state)
{
    (void)state;
    go_live();
    append_text(&t.log, BYTES("m1"));
    append_text(&t.log, BYTES("m2"));
    session_send_text(t.s, "503");
    assert_frames(&t.ws, "503|m1|m2");
    assert_int_equal(t.ws.writes, 2); /* the log in one write */
    assert_int_equal(t.env.metrics.deliveries, 2);
    assert_int_equal(t.env.metrics.bytes_out, 8);
    session_flush(t.s);
    assert_int_equal(t.ws.writes, 2);
}

/* The second write is not taken, and nothing is tried until the socket takes more. */
static void
a_client_whose_socket_is_full_waits(void **state)
{
    (void)state;
    go_live();
    t.ws.full = true;
    session_send_text(t.s, "a");
    assert_false(t.s->write_blocked);
    append_text(&t.log, BYTES("m1"));
    session_send_text(t.s, "b");
    assert_true(t.s->write_blocked);
    assert_true(t.ws.wants_writable);
    session_send_text(t.s, "c");
    session_flush(t.s);
    assert_int_equal(t.ws.tries, 2); /* "b" alone */
    assert_frames(&t.ws, "a");
    t.ws.kept = false; /* one may be taken: but nobody has told us */
    session_flush(t.s);
    assert_frames(&t.ws, "");
    assert_true(fake_ws_take_all(&t.ws));
    session_on_writable(t.s);
    assert_frames(&t.ws, "b|c|m1");
    assert_false(t.s->write_blocked);
}

static void
a_full_socket_leaves_the_cursor_where_it_is(void **state)
{
    (void)state;
    go_live();
    t.ws.full = t.ws.kept = true;
    append_text(&t.log, BYTES("m1"));
    session_flush(t.s);
    assert_true(t.s->write_blocked);
    assert_int_equal(t.env.metrics.deliveries, 0);
    assert_int_equal(t.env.metrics.bytes_out, 0);
    append_text(&t.log, BYTES("m2"));
    fake_ws_take_all(&t.ws);
    session_on_writable(t.s);
    assert_frames(&t.ws, "m1|m2");
    assert_int_equal(t.env.metrics.deliveries, 2);
}

static void
the_log_goes_in_writes_of_64_kib(void **state)
{
    static char payload[16380]; /* 16384 bytes with its head */

    (void)state;
    go_live();
    memset(payload, 'x', sizeof(payload));
    for (int i = 0; i < 5; i++) {
        append_text(&t.log, str_make(payload, sizeof(payload)));
    }
    session_flush(t.s);
    assert_int_equal(t.ws.writes, 2);
    assert_int_equal(t.ws.sent.len, 5 * 16384);
    assert_int_equal(t.env.metrics.deliveries, 5);
}

/* ---- frames above 64 KiB ---- */

enum {
    LARGE = 200000 /* bytes of a payload: four pieces */
};

static struct blob *
large_frame(void)
{
    static char payload[LARGE];

    memset(payload, 'x', sizeof(payload));
    return blob_text_frame(str_make(payload, sizeof(payload)));
}

/* All that the client got: the head of a large text frame, and its length; then the others. */
static void
assert_large_frame_and(const char *others)
{
    struct text rest;

    assert_memory_equal(t.ws.sent.bytes, "\x81\x7f\0\0\0\0\0\3\x0d\x40", 10);
    assert_true(t.ws.sent.len >= 10 + LARGE);
    text_init(&rest);
    text_add(&rest, t.ws.sent.bytes + 10 + LARGE, t.ws.sent.len - 10 - LARGE);
    text_clear(&t.ws.sent);
    text_add(&t.ws.sent, rest.bytes, rest.len);
    text_fini(&rest);
    assert_frames(&t.ws, others);
}

/* The socket takes all, a piece a turn. */
static void
take_turns(void)
{
    for (int turns = 0; fake_ws_take_all(&t.ws); turns++) {
        int writes = t.ws.writes;

        assert_in_range(turns, 0, 10);
        session_on_writable(t.s);
        assert_in_range(t.ws.writes - writes, 0, 2); /* the last piece, and what follows it */
    }
}

/* Before the first piece nothing more is read, and the pong to an earlier ping is waited for. */
static void
a_large_frame_goes_in_pieces_while_nothing_is_read(void **state)
{
    struct blob *frame = large_frame();

    (void)state;
    session_send(t.s, frame);
    assert_int_equal(t.ws.writes, 0);
    assert_true(t.ws.paused && t.ws.wants_writable);
    assert_int_equal(t.env.metrics.bytes_pending, frame->length);
    session_send_text(t.s, "503");
    session_flush(t.s);
    assert_int_equal(t.ws.writes, 0);
    t.ws.full = fake_ws_take_all(&t.ws);
    session_on_writable(t.s);
    assert_int_equal(t.ws.writes, 1);
    assert_int_equal(t.ws.sent.len,
                     WS_WRITE_BYTES / 2); /* what the socket took, and nothing is kept */
    assert_true(t.ws.wants_writable);
    assert_true(t.ws.paused);
    assert_int_equal(frame->references, 2);
    assert_int_equal(t.env.metrics.bytes_pending, frame->length - WS_WRITE_BYTES / 2 + 5);
    alive_ping(t.s); /* it would fall into the frame */
    assert_int_equal(t.ws.pings, 0);
    assert_true(fake_ws_take_all(&t.ws));
    alive_ping(t.s);
    assert_int_equal(t.ws.pings, 0);
    session_on_writable(t.s);
    take_turns();
    assert_large_frame_and("503");
    assert_false(t.ws.paused);
    assert_int_equal(frame->references, 1);
    assert_int_equal(t.env.metrics.bytes_pending, 0);
    alive_ping(t.s);
    assert_int_equal(t.ws.pings, 1);
    blob_unref(frame);
}

static void
another_hold_outlasts_a_large_frame(void **state)
{
    struct blob *frame = large_frame();

    (void)state;
    session_hold(t.s, HOLD_APPENDS);
    session_send(t.s, frame);
    take_turns();
    assert_large_frame_and("");
    assert_true(t.ws.paused);
    session_release(t.s, HOLD_APPENDS);
    assert_false(t.ws.paused);
    blob_unref(frame);
}

/* The log drops the frame while it is sent; the client falls off, but the frame is whole. */
static void
a_large_frame_of_the_log_is_sent_to_its_end(void **state)
{
    struct blob *frame = large_frame();

    (void)state;
    go_live();
    append_text(&t.log, str_make(frame->bytes + 10, LARGE));
    append_text(&t.log, BYTES("m2"));
    append_text(&t.log, BYTES("m3"));
    session_flush(t.s);
    assert_int_equal(t.env.metrics.deliveries, 1);
    t.ws.full = fake_ws_take_all(&t.ws);
    session_on_writable(t.s);
    framelog_drop(&t.log, framelog_end(&t.log) - 4);
    session_flush(t.s);
    assert_closed_once("too slow: fell off its group's log");
    assert_true(t.ws.paused);
    take_turns();
    assert_large_frame_and("(1013)");
    assert_false(t.ws.paused); /* to read the answer to the close frame */
    blob_unref(frame);
}

static void
small_ones_follow_a_large_frame_of_the_log(void **state)
{
    struct blob *frame = large_frame();

    (void)state;
    go_live();
    append_text(&t.log, str_make(frame->bytes + 10, LARGE));
    append_text(&t.log, BYTES("m2"));
    session_flush(t.s);
    take_turns();
    assert_large_frame_and("m2");
    assert_int_equal(t.env.metrics.deliveries, 2);
    blob_unref(frame);
}

static void
what_it_has_not_taken_is_forgotten_with_it(void **state)
{
    struct blob *frame = large_frame();

    (void)state;
    session_send(t.s, frame);
    session_on_closed(t.s);
    assert_int_equal(t.env.metrics.bytes_pending, 0);
    assert_int_equal(frame->references, 1);
    blob_unref(frame);
}

/* Does its peer take what there is for it? What comes from it says nothing of that. */
static void
a_peer_that_takes_nothing_is_noticed(void **state)
{
    static const struct {
        bool waits;
        uint32_t acked;
        int64_t stalled_ms;
    } rows[] = {
        {false, 0, 0},  {false, 0, 0},     {true, 100, 0},  {true, 100, 1000}, {true, 100, 2000},
        {true, 101, 0}, {true, 101, 1000}, {false, 101, 0}, {true, 101, 1000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fake_loop_advance(t.env.env.loop, 1000);
        t.ws.progress = (struct ws_progress){rows[i].waits, rows[i].acked};
        assert_int_equal(alive_stalled_ms(t.s), rows[i].stalled_ms);
    }
}

static void
skips_are_not_sent(void **state)
{
    (void)state;
    go_live();
    append_text(&t.log, BYTES("m1"));
    append_text(&t.log, BYTES("m2"));
    append_text(&t.log, BYTES("m3"));
    reader_skip(&t.s->reader, 4, 8);
    session_flush(t.s);
    assert_frames(&t.ws, "m1|m3");
    assert_int_equal(t.env.metrics.deliveries, 2);
}

static void
a_client_that_falls_off_the_log_is_closed(void **state)
{
    (void)state;
    go_live();
    append_text(&t.log, BYTES("m1"));
    append_text(&t.log, BYTES("m2"));
    framelog_drop(&t.log, 4);
    session_flush(t.s);
    assert_frames(&t.ws, "(1013)"); /* nothing is left out in silence */
    assert_closed_once("too slow: fell off its group's log");
}

static void
a_client_that_does_not_read_is_closed_when_its_outbox_is_full(void **state)
{
    (void)state;
    t.ws.kept = true;
    for (int i = 0; i < OUTBOX_MAX_FRAMES; i++) {
        session_send_text(t.s, "503");
    }
    assert_true(session_is_open(t.s));
    session_send_text(t.s, "503");
    assert_closed_once("too slow: does not read what it is told");
    assert_true(t.ws.killed); /* there is no room for a close frame */
    assert_frames(&t.ws, "");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(frames_go_out_at_once),
        TEST(the_outbox_goes_before_the_log),
        TEST(a_client_whose_socket_is_full_waits),
        TEST(a_full_socket_leaves_the_cursor_where_it_is),
        TEST(the_log_goes_in_writes_of_64_kib),
        TEST(a_large_frame_goes_in_pieces_while_nothing_is_read),
        TEST(another_hold_outlasts_a_large_frame),
        TEST(a_large_frame_of_the_log_is_sent_to_its_end),
        TEST(small_ones_follow_a_large_frame_of_the_log),
        TEST(what_it_has_not_taken_is_forgotten_with_it),
        TEST(a_peer_that_takes_nothing_is_noticed),
        TEST(skips_are_not_sent),
        TEST(a_client_that_falls_off_the_log_is_closed),
        TEST(a_client_that_does_not_read_is_closed_when_its_outbox_is_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
