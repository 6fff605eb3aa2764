/* test_sessions.c - all clients of a daemon: their number, their pings, and the end of each. */
#include "push-daemon/frames/form.h"
#include "push-daemon/client/sessions.h"

#include "push-daemon/client/alive.h"
#include "push-daemon/client/pace.h"
#include "tests/unit/push-daemon/a_crowd.h"

static struct a_crowd t;
static bool settled[A_CROWD_MAX];
static int64_t settled_since_ms;

static void
on_leave(struct session *s)
{
    (void)s;
}

static bool
is_settled(const struct session *s, int64_t since_ms)
{
    settled_since_ms = since_ms;
    return settled[s->id - 1];
}

static const struct session_kind plain = {.name = "plain", .form = &form_v1, .on_leave = on_leave};
static const struct session_kind sending = {
    .name = "sending", .form = &form_v1, .on_leave = on_leave, .is_settled = is_settled};

/* Clients first..first+count-1 come in; each gets the id after its number. */
static void
open_many(const struct session_kind *kind, int first, int count)
{
    for (int i = first; i < first + count; i++) {
        struct ws_request request = a_request("g", "u", "10.0.0.1");

        t.s[i] = sessions_open(t.sessions, &t.ws[i], &request, kind, &settled[i]);
        assert_ptr_equal(t.s[i]->ctx, &settled[i]);
    }
}

static int
setup(void **state)
{
    (void)state;
    a_crowd_make(&t);
    memset(settled, 0, sizeof(settled));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    a_crowd_free(&t);
    return 0;
}

/* As "xx..": x for each client that is closed or closing. */
static void
assert_closed(const char *wanted)
{
    char now[A_CROWD_MAX + 1] = "";

    for (size_t i = 0; i < strlen(wanted); i++) {
        now[i] = t.s[i] == NULL || !session_is_open(t.s[i]) ? 'x' : '.';
    }
    assert_string_equal(now, wanted);
}

/* ---- coming and going ---- */

static void
those_with_a_connection_are_counted(void **state)
{
    (void)state;
    open_many(&plain, 0, 150);
    assert_int_equal(sessions_count(t.sessions), 150);
    assert_int_equal(t.env.metrics.connections, 150);
    assert_int_equal(t.s[149]->id, 150);
    session_close(t.s[0], CLOSE_STOPPING);
    assert_int_equal(sessions_count(t.sessions), 150);
    for (int i = 0; i < 150; i += 3) { /* first, last, in between: the others must still be found */
        a_crowd_lose(&t, i);
    }
    assert_int_equal(sessions_count(t.sessions), 100);
    assert_int_equal(t.env.metrics.connections, 100);
    assert_int_equal(t.env.metrics.connections_all, 150);
    open_many(&plain, 0, 1);
    assert_int_equal(t.s[0]->id, 151);
    sessions_close_all(t.sessions, CLOSE_STOPPING);
    for (int i = 0; i < 150; i++) {
        assert_true(t.s[i] == NULL || !session_is_open(t.s[i]));
    }
    assert_int_equal(a_env_closes(&t.env, "the daemon stops"), 102);
}

static void
a_ticket_is_handed_back_when_the_connection_is_gone(void **state)
{
    struct ws_request request = a_request("g", "u", "10.0.0.1");

    (void)state;
    a_config_set(&t.env.config, "push.maxPerUser", "1");
    open_many(&plain, 0, 1);
    session_close(t.s[0], CLOSE_STOPPING);
    assert_int_equal(admission_check(t.admission, &request), 429);
    a_crowd_lose(&t, 0);
    assert_int_equal(admission_check(t.admission, &request), 0);
}

/* ---- pings and timeouts ---- */

static void
go_live(int i)
{
    session_set_state(t.s[i], SESSION_LIVE);
}

/* Two clients with other intervals than the default; one answers each ping. */
static void
a_client_is_pinged_and_closed_if_it_does_not_answer(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "push.pingIntervalS", "10");
    a_config_set(&t.env.config, "push.pongTimeoutS", "25");
    open_many(&plain, 0, 2);
    go_live(0);
    go_live(1);
    for (int second = 1; second <= 100; second++) {
        int before = t.ws[0].pings;

        a_crowd_wait(&t, 1);
        if (t.ws[0].pings > before) {
            sessions_on_frame(t.s[0]);
        }
        assert_int_equal(t.ws[0].pings, second / 10);
        assert_int_equal(t.ws[1].pings, second < 25 ? second / 10 : 2);
        assert_closed(second < 25 ? ".." : ".x");
    }
    assert_true(t.ws[1].killed);
    assert_frames(&t.ws[1], "");
    assert_int_equal(a_env_closes(&t.env, "no answer to pings"), 1);
}

/* It says something each second. Whether its peer takes what there is for it decides. */
static void
a_client_that_takes_nothing_is_closed_whatever_it_says(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "push.pingIntervalS", "10");
    a_config_set(&t.env.config, "push.pongTimeoutS", "25");
    open_many(&plain, 0, 2);
    go_live(0);
    go_live(1);
    t.ws[0].progress = t.ws[1].progress = (struct ws_progress){true, 1000};
    for (int second = 1; second <= 36; second++) {
        sessions_on_frame(t.s[0]);
        sessions_on_frame(t.s[1]);
        t.ws[0].progress.acked += second % 9 == 0;
        a_crowd_wait(&t, 1);
        /* that it took 1000 bytes is noticed by the first look, after one second */
        assert_closed(second < 26 ? ".." : ".x");
    }
    assert_true(t.ws[1].killed);
    assert_int_equal(a_env_closes(&t.env, "too slow: takes nothing"), 1);
}

/* It has no way to say that it is there. A peer that is gone takes nothing, not even comments. */
static void
a_client_of_a_stream_may_be_silent_while_it_takes_what_it_is_sent(void **state)
{
    static const struct session_kind one_way = {
        .name = "one way", .form = &form_sse, .on_leave = on_leave};

    (void)state;
    a_config_set(&t.env.config, "push.pingIntervalS", "10");
    a_config_set(&t.env.config, "push.pongTimeoutS", "25");
    open_many(&one_way, 0, 2);
    go_live(0);
    go_live(1);
    a_crowd_wait(&t, 100);
    assert_closed("..");
    assert_int_equal(t.ws[0].pings, 10);
    t.ws[1].progress.waits = true;
    a_crowd_wait(&t, 36);
    assert_closed(".x");
    assert_int_equal(a_env_closes(&t.env, "too slow: takes nothing"), 1);
}

/* While a frame goes to it in pieces nothing is read from it, so its silence means nothing. */
static void
a_client_that_takes_a_large_frame_slowly_is_left_alone(void **state)
{
    static char payload[100000];
    struct blob *frame;

    (void)state;
    a_config_set(&t.env.config, "push.pingIntervalS", "10");
    a_config_set(&t.env.config, "push.pongTimeoutS", "25");
    open_many(&plain, 0, 1);
    go_live(0);
    memset(payload, 'x', sizeof(payload));
    frame = blob_text_frame(str_make(payload, sizeof(payload)));
    session_send(t.s[0], frame);
    blob_unref(frame);
    t.ws[0].full = t.ws[0].progress.waits = true;
    session_on_writable(t.s[0]);
    for (int second = 1; second <= 100; second++) {
        t.ws[0].progress.acked += 100;
        a_crowd_wait(&t, 1);
        assert_closed(".");
    }
    assert_int_equal(t.ws[0].pings, 0);
    while (fake_ws_take_all(&t.ws[0])) { /* a piece each turn */
        session_on_writable(t.s[0]);
    }
    t.ws[0].progress.waits = false;
    a_crowd_wait(&t, 19);
    assert_closed(".");
    assert_in_range(t.ws[0].pings, 1, 2);
    a_crowd_wait(&t, 10);
    assert_closed("x"); /* now it is to answer */
    assert_int_equal(a_env_closes(&t.env, "no answer to pings"), 1);
}

/* Each of them is owed a frame of its own. The slowest goes first, then the oldest. */
static void
what_waits_for_clients_is_bounded(void **state)
{
    enum {
        FRAME = 8 << 20
    };
    static char payload[FRAME];
    struct blob *frame;

    (void)state;
    open_many(&plain, 0, 6);
    for (int i = 0; i < 5; i++) {
        frame = blob_text_frame(str_make(payload, FRAME));

        t.ws[i].progress = (struct ws_progress){true, i == 0};
        session_send(t.s[i], frame);
        blob_unref(frame);
    }
    sessions_bound_frames(t.sessions);
    assert_closed("xx...."); /* 32 MiB and some bytes of heads are too much, too */
    assert_true(t.ws[0].killed && t.ws[1].killed);
    for (int i = 2; i < 5; i++) {
        alive_stalled_ms(t.s[i]);
    }
    fake_loop_advance(t.env.env.loop, 1000);
    t.ws[2].progress.acked++;
    t.ws[3].progress.acked++;
    frame = blob_text_frame(str_make(payload, FRAME));
    session_send(t.s[5], frame);
    sessions_bound_frames(t.sessions);
    assert_closed("xx..x.");
    blob_unref(frame);
    assert_int_equal(a_env_closes(&t.env, "too slow: too much waits for clients"), 3);
}

/* It is alive as long as anything comes; pings go on all the same. */
static void
a_ping_that_is_not_taken_is_not_repeated(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "push.pingIntervalS", "10");
    a_config_set(&t.env.config, "push.pongTimeoutS", "25");
    open_many(&plain, 0, 1);
    go_live(0);
    t.ws[0].kept = true;
    a_crowd_wait(&t, 10);
    assert_int_equal(t.ws[0].pings, 0);
    fake_ws_take_all(&t.ws[0]);
    a_crowd_wait(&t, 9);
    assert_int_equal(t.ws[0].pings, 0);
    a_crowd_wait(&t, 1);
    assert_int_equal(t.ws[0].pings, 1);
}

static void
a_client_without_a_first_frame_is_refused_in_the_third_second(void **state)
{
    (void)state;
    open_many(&plain, 0, 3);
    session_set_state(t.s[1], SESSION_WAITING);
    go_live(2);
    a_crowd_wait(&t, 2);
    assert_closed("...");
    a_crowd_wait(&t, 1);
    assert_closed("xx.");
    assert_frames(&t.ws[0], "503|(1013)");
    assert_frames(&t.ws[1], "503|(1013)");
    assert_int_equal(a_env_closes(&t.env, "no first frame in time"), 2);
    open_many(&plain, 3, 1); /* in the middle of a second */
    fake_loop_advance(t.env.env.loop, 500);
    sessions_every_second(t.sessions);
    a_crowd_wait(&t, 2);
    assert_true(session_is_open(t.s[3]));
    a_crowd_wait(&t, 1);
    assert_false(session_is_open(t.s[3]));
}

static void
a_client_that_does_not_answer_the_close_is_cut_off(void **state)
{
    (void)state;
    open_many(&plain, 0, 1);
    go_live(0);
    session_close(t.s[0], CLOSE_STOPPING);
    a_crowd_wait(&t, 4);
    assert_false(t.ws[0].killed);
    a_crowd_wait(&t, 1);
    assert_true(t.ws[0].killed);
}

/* ---- the end of the daemon ---- */

static void
as_many_are_closed_as_are_too_many(void **state)
{
    (void)state;
    open_many(&plain, 0, 5);
    sessions_drain_to(t.sessions, 5, CLOSE_STOPPING);
    sessions_drain_to(t.sessions, 7, CLOSE_STOPPING);
    assert_closed(".....");
    sessions_drain_to(t.sessions, 3, CLOSE_STOPPING);
    assert_closed("...xx");
    sessions_drain_to(t.sessions, 3, CLOSE_STOPPING); /* those that close do not count */
    assert_closed("...xx");
    assert_frames(&t.ws[4], "(1001)");
    sessions_drain_to(t.sessions, 0, CLOSE_STOPPING);
    assert_closed("xxxxx");
}

static void
those_that_have_read_all_go_first(void **state)
{
    (void)state;
    open_many(&plain, 0, 5);
    t.s[1]->write_blocked = t.s[3]->write_blocked = true;
    sessions_drain_to(t.sessions, 3, CLOSE_STOPPING);
    assert_closed("..x.x");
    sessions_drain_to(t.sessions, 1, CLOSE_STOPPING);
    assert_closed("x.xxx");
}

static void
a_client_with_messages_under_way_is_closed_when_these_have_come_back(void **state)
{
    (void)state;
    open_many(&sending, 0, 2);
    settled[0] = true;
    sessions_drain_to(t.sessions, 0, CLOSE_STOPPING);
    assert_closed("x.");
    assert_int_equal(settled_since_ms, FAKE_LOOP_BEGIN_MS - 40);
    assert_true(t.ws[1].paused); /* so that it sends no more of them */
    sessions_drain_to(t.sessions, 0, CLOSE_STOPPING);
    assert_closed("x.");
    settled[1] = true;
    sessions_drain_to(t.sessions, 0, CLOSE_STOPPING);
    assert_closed("xx");
    assert_false(t.ws[1].paused);
}

/* Frames of any kind count, four times as many as messages. */
static void
who_sends_too_much_is_read_no_further_for_a_moment(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "push.messagesPerSecond", "10");
    a_config_set(&t.env.config, "push.messageBurst", "5");
    open_many(&plain, 0, 2);
    for (int i = 0; i < 20; i++) {
        sessions_on_frame(t.s[0]);
    }
    assert_false(t.ws[0].paused);
    for (int i = 0; i < 10; i++) {
        sessions_on_frame(t.s[0]);
    }
    assert_true(t.ws[0].paused);
    sessions_on_frame(t.s[1]); /* of the same address */
    assert_true(t.ws[1].paused);
    a_crowd_lose(&t, 1); /* meanwhile */
    fake_loop_advance(t.env.env.loop, PACE_MS - 1);
    assert_true(t.ws[0].paused);
    fake_loop_advance(t.env.env.loop, 1);
    assert_false(t.ws[0].paused);
    for (int i = 0; i < 4; i++) { /* what a tenth of a second brings */
        sessions_on_frame(t.s[0]);
        assert_false(t.ws[0].paused);
    }
    sessions_on_frame(t.s[0]);
    assert_true(t.ws[0].paused);
    assert_int_equal(t.ws[0].pauses, 3);
}

static void
who_is_told_429_is_read_no_further_for_a_moment(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "push.messagesPerSecond", "1");
    a_config_set(&t.env.config, "push.messageBurst", "1");
    open_many(&plain, 0, 1);
    assert_true(sessions_take_message(t.sessions, t.s[0], 1));
    assert_false(t.ws[0].paused);
    assert_false(sessions_take_message(t.sessions, t.s[0], 1));
    assert_true(t.ws[0].paused);
    session_close(t.s[0], CLOSE_STOPPING);
    assert_false(t.ws[0].paused); /* to read the answer */
    assert_false(sessions_take_message(t.sessions, t.s[0], 1));
    assert_false(t.ws[0].paused);
}

/* A large one that is not taken is not to come again at once: to read it costs, too. */
static void
who_sends_much_too_much_is_read_no_further_for_longer(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "push.bytesPerSecond", "1000");
    a_config_set(&t.env.config, "push.byteBurst", "1000");
    open_many(&plain, 0, 1);
    assert_true(sessions_take_message(t.sessions, t.s[0], 1000));
    assert_false(sessions_take_message(t.sessions, t.s[0], 500));
    fake_loop_advance(t.env.env.loop, 499);
    assert_true(t.ws[0].paused);
    fake_loop_advance(t.env.env.loop, 1);
    assert_false(t.ws[0].paused);
    assert_false(sessions_may_send(t.sessions, t.s[0], 1000));
    fake_loop_advance(t.env.env.loop, 999);
    assert_true(t.ws[0].paused);
    fake_loop_advance(t.env.env.loop, 1);
    assert_false(t.ws[0].paused);
}

static void
all_are_closed_at_once_in_the_end(void **state)
{
    (void)state;
    open_many(&sending, 0, 3);
    t.s[1]->write_blocked = true;
    sessions_close_all(t.sessions, CLOSE_STOPPING);
    assert_closed("xxx");
    sessions_destroy(NULL);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(those_with_a_connection_are_counted),
        TEST(a_ticket_is_handed_back_when_the_connection_is_gone),
        TEST(a_client_is_pinged_and_closed_if_it_does_not_answer),
        TEST(a_client_that_takes_nothing_is_closed_whatever_it_says),
        TEST(a_client_of_a_stream_may_be_silent_while_it_takes_what_it_is_sent),
        TEST(a_client_that_takes_a_large_frame_slowly_is_left_alone),
        TEST(what_waits_for_clients_is_bounded),
        TEST(a_ping_that_is_not_taken_is_not_repeated),
        TEST(a_client_without_a_first_frame_is_refused_in_the_third_second),
        TEST(a_client_that_does_not_answer_the_close_is_cut_off),
        TEST(as_many_are_closed_as_are_too_many),
        TEST(those_that_have_read_all_go_first),
        TEST(a_client_with_messages_under_way_is_closed_when_these_have_come_back),
        TEST(who_sends_too_much_is_read_no_further_for_a_moment),
        TEST(who_is_told_429_is_read_no_further_for_a_moment),
        TEST(who_sends_much_too_much_is_read_no_further_for_longer),
        TEST(all_are_closed_at_once_in_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
