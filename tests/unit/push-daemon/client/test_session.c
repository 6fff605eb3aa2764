/* test_session.c - one client: what goes out to it, what comes in, and its end. */
#include "push-daemon/frames/form.h"
#include "push-daemon/client/session.h"

#include <stdlib.h>

#include "push-daemon/client/alive.h"
#include "push-daemon/client/receive.h"
#include "tests/unit/push-daemon/a_frame.h"
#include "tests/unit/push-daemon/a_env.h"
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

static void
on_text(struct session *s, struct str text)
{
    assert_ptr_equal(s->ctx, &t);
    text_add(&t.texts, text.p, text.len);
    text_add_str(&t.texts, ".");
}

static void
on_leave(struct session *s)
{
    assert_false(session_is_open(s));
    t.left++;
}

static void
on_closed(struct session_owner *owner, struct session *s)
{
    assert_ptr_equal(owner, &t.owner);
    assert_null(s->ws);
    t.closed++;
}

static void
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

static void
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

static int
setup(void **state)
{
    (void)state;
    begin(&talking);
    return 0;
}

static int
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
static void
restart(void **state)
{
    teardown(state);
    setup(state);
}

/* ---- what the tests say ---- */

/* It was let in, and reads the log from its end on. */
static void
go_live(void)
{
    session_set_state(t.s, SESSION_LIVE);
    reader_attach(&t.s->reader, &t.log, framelog_end(&t.log));
}

static void
piece(const char *text, bool last)
{
    receive_piece(t.s, &(struct ws_piece){.bytes = str_of(text), .last = last});
}

#define assert_texts(wanted) assert_bytes(text_str(&t.texts), str_of(wanted))

static void
assert_closed_once(const char *reason)
{
    assert_false(session_is_open(t.s));
    assert_int_equal(t.left, 1);
    assert_int_equal(a_env_closes(&t.env, reason), 1);
    assert_int_equal(fake_log_count("info closed session="), 1);
    assert_int_equal(fake_log_count(reason), 1);
}

/* Turns of the owner's wheel, each a second. */
static void
turn(int seconds)
{
    for (int i = 0; i < seconds; i++) {
        timer_wheel_turn(&t.owner.checks, on_check, NULL);
    }
}

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

/* ---- the end ---- */

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
        TEST(a_session_begins_by_entering),
        TEST(its_owner_looks_at_it_when_it_said_and_not_before),
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
        TEST(texts_come_in_whole),
        TEST(what_comes_early_is_kept_until_the_client_is_let_in),
        TEST(nothing_is_replayed_to_a_client_that_was_closed),
        TEST(what_may_not_come_in_closes),
        TEST(what_a_listening_client_says_is_ignored),
        TEST(a_client_is_read_when_all_holds_are_released),
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
