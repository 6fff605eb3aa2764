/* test_ws.c - a WebSocket: frames in, bytes out, on the real loop, with a raw client. */
#include "push-daemon/net/ws.h"

#include "tests/unit/push-daemon/net/a_server.h"

/* ---- messages ---- */

static void
a_message_comes_in_pieces(void **state)
{
    char big[2000], wanted[2003];

    (void)state;
    memset(big, 'x', sizeof(big));
    snprintf(wanted, sizeof(wanted), "<%.*s>", (int)sizeof(big), big);
    open_one();
    say_frame(0x81, "hi", 2);
    assert_pieces("<hi>");
    assert_log("a");
    say_frame(0x01, "one ", 4); /* a fragment, and after a ping the last one */
    say_frame(0x89, "", 0);
    say_frame(0x80, "two", 3);
    say_frame(0x82, "\x01", 1);
    assert_pieces("<one two><b\x01>");
    say_frame(0x81, big, sizeof(big)); /* it is read in several turns */
    assert_pieces(wanted);
}

static void
frames_go_out_as_they_are(void **state)
{
    char in[16] = "";

    (void)state;
    open_one();
    assert_true(ws_write(s.ws, str_of("\x81\x02hi\x81\x01!")));
    assert_int_equal(hear(s.client, in, 7), 7);
    assert_bytes(str_make(in, 7), str_of("\x81\x02hi\x81\x01!"));
    assert_log("");
}

/* RFC 6455, section 5.5.3: of several pings that are read together the newest is answered. */
static void
the_newest_ping_is_answered(void **state)
{
    char in[16] = "", pings[16];
    struct str two = BYTES("\x89\x81\0\0\0\0a\x89\x81\0\0\0\0b");

    (void)state;
    memcpy(pings, two.p, two.len);
    open_one();
    say(s.client, pings, two.len);
    assert_int_equal(hear(s.client, in, 3), 3);
    assert_bytes(str_make(in, 3), BYTES("\x8a\x01"
                                        "b"));
    assert_log("aa");
}

static void
writable_is_reported_if_it_is_wanted(void **state)
{
    (void)state;
    open_one();
    loop_turn(s.loop);
    assert_log("");
    ws_want_writable(s.ws);
    assert_log("w");
}

/* Not at once, as those come first who have waited longer. */
static void
a_turn_to_write_comes_later(void **state)
{
    (void)state;
    open_one();
    loop_turn(s.loop);
    ws_want_turn(s.ws);
    ws_want_turn(s.ws); /* the same one */
    assert_string_equal(s.log, "");
    assert_log("w");
    for (int i = 0; i < 20; i++) {
        usleep(500);
        loop_turn(s.loop);
    }
    assert_string_equal(s.log, "");
    ws_want_turn(s.ws); /* it ends before its turn */
    close(s.client);
    s.client = -1;
    assert_log("c");
}

static void
a_ping_is_answered_and_a_pong_is_a_sign_of_life(void **state)
{
    char in[16] = "";

    (void)state;
    open_one();
    assert_int_equal(ws_write_whole(s.ws, BYTES("\x89\x01.")), 3);
    assert_int_equal(hear(s.client, in, 3), 3);
    assert_bytes(str_make(in, 3), BYTES("\x89\x01."));
    say_frame(0x8a, ".", 1);
    assert_log("a");
    say_frame(0x89, "?", 1);
    assert_int_equal(hear(s.client, in, 3), 3);
    assert_bytes(str_make(in, 3), BYTES("\x8a\x01?"));
}

/* ---- a client that reads slowly ---- */

static char big[8 << 20], got[sizeof(big)];

static void
fill_big(void)
{
    for (size_t i = 0; i < sizeof(big); i++) {
        big[i] = (char)(i * 7 + (i >> 8));
    }
}

/* Writes big from *at on, as one frame, as far as the socket takes it. */
static void
write_big(size_t *at)
{
    size_t left, taken;

    while ((left = sizeof(big) - *at) > 0 &&
           (taken = ws_write(
                s.ws, str_make(big + *at, left < WS_WRITE_BYTES ? left : WS_WRITE_BYTES))) > 0) {
        *at += taken;
    }
}

/* The rest of the frame that the kernel does not take whole is kept, and nothing goes before it. */
static void
more_than_the_socket_takes_is_kept(void **state)
{
    enum {
        FRAME = 4 + 1000
    };
    size_t written = 0, taken;

    (void)state;
    for (size_t at = 0; at + FRAME <= sizeof(big); at += FRAME) {
        memset(big + at, 'a' + (int)(at % 26), FRAME);
        memcpy(big + at, "\x81\x7e\x03\xe8", 4);
    }
    open_one();
    do {
        taken = ws_write(s.ws, str_make(big + written, 65 * FRAME));
        written += taken;
        assert_in_range(written, 1, sizeof(big) - 65 * FRAME);
    } while (taken == 65 * FRAME);
    ws_keep(s.ws, str_make(big + written, FRAME - written % FRAME));
    written += FRAME - written % FRAME;
    assert_int_equal(ws_write(s.ws, str_make(big + written, FRAME)), 0);
    assert_int_equal(ws_write_whole(s.ws, BYTES("\x89\x01.")), 0);
    ws_want_writable(s.ws);
    assert_int_equal(hear(s.client, got, written), written);
    assert_memory_equal(got, big, written);
    assert_log("w");
    assert_int_equal(ws_write(s.ws, str_of("\x81\x01y")), 3);
    assert_int_equal(hear(s.client, got, 3), 3);
    assert_bytes(str_make(got, 3), str_of("\x81\x01y"));
}

/* Turns the loop until on_writable is told, for two seconds at most. */
static bool
is_writable(void)
{
    for (int i = 0; i < 2000 && strchr(s.log, 'w') == NULL; i++) {
        loop_turn(s.loop);
        if (i >= 20) {
            usleep(1000);
        }
    }
    return strchr(s.log, 'w') != NULL;
}

/* Adds up to `most` bytes that have come to the client. */
static void
hear_some(size_t *have, size_t most)
{
    size_t room = sizeof(got) - *have;
    ssize_t n = recv(s.client, got + *have, most < room ? most : room, 0);

    *have += n > 0 ? (size_t)n : 0;
}

/* In pieces, the reading being stopped: the pong to a ping that came before is the first thing out,
 * those to pings that come meanwhile are the last. */
static void
no_pong_falls_between_the_pieces_of_a_frame(void **state)
{
    size_t at = 0, have = 0, pings = 0;

    (void)state;
    fill_big();
    open_one();
    say_frame(0x89, "0", 1);
    for (int i = 0; i < 3; i++) {
        usleep(1000);
        loop_turn(s.loop); /* it is read, and may or may not be answered by now */
    }
    ws_pause(s.ws, true);
    ws_want_writable(s.ws);
    while (at < sizeof(big)) {
        assert_true(is_writable());
        memset(s.log, 0, sizeof(s.log));
        write_big(&at);
        ws_want_writable(s.ws);
        for (int i = 0; i < 8; i++) {
            if (pings < 9) {
                say_frame(0x89, &"123456789"[pings++], 1);
            }
            hear_some(&have, 30000);
            loop_turn(s.loop);
        }
        for (size_t before = have + 1; before != have;) { /* until the server is to write again */
            before = have;
            hear_some(&have, 1 << 18);
        }
    }
    while (have < sizeof(big) && hear(s.client, got + have, sizeof(got) - have > 3 ? 3 : 1) > 0) {
        have += sizeof(got) - have > 3 ? 3 : 1;
        hear_some(&have, 1 << 18);
    }
    assert_memory_equal(got, "\x8a\x01\x30", 3);
    assert_memory_equal(got + 3, big, have - 3);
    ws_pause(s.ws, false);
    assert_int_equal(hear(s.client, got, 3 + 3), 6); /* the end of big, and the first pong */
    assert_memory_equal(got, big + sizeof(big) - 3, 3);
    assert_int_equal((unsigned char)got[3], 0x8a);
}

/* A client that takes nothing is told from one that takes little, whatever either of them says. */
static void
what_the_peer_takes_is_known(void **state)
{
    struct ws_progress first, second;
    size_t at = 0, have = 0;

    (void)state;
    fill_big();
    open_one();
    assert_false(ws_progress(s.ws).waits);
    write_big(&at);
    usleep(50000);
    first = ws_progress(s.ws);
    assert_true(first.waits);
    assert_in_range(first.acked, 1, sizeof(big) - 1);
    say_frame(0x89, "?", 1);
    for (int i = 0; i < 20; i++) {
        loop_turn(s.loop);
        usleep(1000);
    }
    second = ws_progress(s.ws);
    assert_true(second.waits);
    assert_int_equal(second.acked, first.acked);
    for (int i = 0; i < 100; i++) {
        hear_some(&have, 65536);
        usleep(100);
    }
    loop_turn(s.loop);
    assert_true(ws_progress(s.ws).acked > second.acked);
}

/* It stops between two frames of what was read together, and goes on there. */
static void
paused_within_it_stops_within(void **state)
{
    struct str three = BYTES("\x81\x81\0\0\0\0a\x81\x81\0\0\0\0b\x81\x81\0\0\0\0c");

    (void)state;
    open_one();
    s.pauses_at_piece = true;
    say(s.client, three.p, three.len);
    assert_pieces("<a>");
    for (int i = 0; i < 5; i++) {
        loop_turn(s.loop);
    }
    assert_int_equal(s.pieces.len, 0);
    ws_pause(s.ws, false);
    assert_pieces("<b>");
    s.pauses_at_piece = false;
    ws_pause(s.ws, false);
    assert_pieces("<c>");
}

static void
paused_it_reads_nothing(void **state)
{
    (void)state;
    open_one();
    ws_pause(s.ws, true);
    say_frame(0x81, "hi", 2);
    for (int i = 0; i < 5; i++) {
        usleep(500);
        loop_turn(s.loop);
    }
    assert_log("");
    ws_pause(s.ws, false);
    assert_pieces("<hi>");
    assert_log("a");
}

/* ---- the end ---- */

static void
a_client_may_hang_up(void **state)
{
    (void)state;
    open_one();
    close(s.client);
    s.client = -1;
    assert_log("c");
}

/* What it said before is taken. */
static void
a_client_may_be_reset(void **state)
{
    struct linger now = {1, 0};

    (void)state;
    open_one();
    loop_turn(s.loop);
    say_frame(0x81, "hi", 2);
    assert_int_equal(setsockopt(s.client, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
    close(s.client);
    s.client = -1;
    for (int i = 0; i < 200 && strcmp(s.log, "ac") != 0 && strcmp(s.log, "c") != 0; i++) {
        loop_turn(s.loop);
        usleep(1000);
    }
    assert_string_equal(s.log + strlen(s.log) - 1, "c");
}

static void
a_killed_one_is_closed_later(void **state)
{
    char x;

    (void)state;
    open_one();
    ws_kill(s.ws);
    assert_true(ws_write(s.ws, str_of("\x81\x01x"))); /* it broke: nothing is kept for it */
    assert_true(ws_write(s.ws, str_of("\x81\x01x")));
    assert_string_equal(s.log, "");
    assert_log("c");
    assert_int_equal(hear(s.client, &x, 1), 0);
}

/* What it has sent before it sees our close frame, and its own one. */
static void
one_that_is_to_end_is_read_a_little_further(void **state)
{
    char text[2000];

    (void)state;
    memset(text, 'x', sizeof(text));
    open_one();
    ws_expect_end(s.ws);
    say_frame(0x81, text, sizeof(text));
    say_frame(0x88, "\x03\xe8", 2);
    assert_log("al");
}

static void
one_that_is_to_end_and_says_much_is_read_no_further(void **state)
{
    enum {
        READ = 65536 /* and a part of what one turn reads */
    };
    static char head[] = "\x82\xff\0\0\0\0\0\x10\0\0\0\0\0"; /* a MiB follows, and no mask */
    static char much[4 * READ];

    (void)state;
    open_one();
    ws_expect_end(s.ws);
    say(s.client, head, sizeof(head) - 1);
    for (size_t sent = 0; sent < sizeof(much);) {
        ssize_t n = send(s.client, much + sent, sizeof(much) - sent, MSG_NOSIGNAL);

        loop_turn(s.loop);
        sent += n > 0 ? (size_t)n : 0;
        if (n < 0) {
            break; /* the sockets are full */
        }
    }
    for (int i = 0; i < 30; i++) {
        usleep(500);
        loop_turn(s.loop);
    }
    assert_in_range(s.pieces.len, READ - 20, READ + 4096);
    ws_kill(s.ws); /* the time for its end is over */
    for (int i = 0; i < 2000 && strchr(s.log, 'c') == NULL; i++) {
        loop_turn(s.loop);
        usleep(100);
    }
    assert_non_null(strchr(s.log, 'c'));
}

/* The answer, then the end of what the server sends. What comes after a close frame is nothing. */
static void
a_close_frame_is_answered(void **state)
{
    static const char *const rows[][2] = {
        {"", "\x03\xe8"}, /* as fast-im does */
        {"\x03\xe8", "\x03\xe8"},
        {"\x03\xf3"
         "bye",
         "\x03\xf3"},
        {"\x03\xf6", "\x03\xf6"}, /* 1014 */
        {"\x0f\xa0", "\x0f\xa0"}, /* 4000 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char in[16] = "";

        open_one();
        say_frame(0x88, rows[i][0], strlen(rows[i][0]));
        say_frame(0x81, "x", 1);
        assert_int_equal(hear(s.client, in, 5), 4);
        assert_bytes(str_make(in, 4),
                     ((struct str){(char[]){'\x88', 2, rows[i][1][0], rows[i][1][1]}, 4}));
        assert_log("l");
        shutdown(s.client, SHUT_WR);
        assert_log("c");
        assert_int_equal(s.pieces.len, 0);
    }
}

static void
a_close_frame_against_the_rules_is_a_violation(void **state)
{
    static const char *const rows[][2] = {
        {"\x03", "v"},             /* half a code */
        {"\x03\xe7", "v"},         /* 999 */
        {"\x03\xec", "v"},         /* 1004 */
        {"\x03\xed", "v"},         /* 1005 */
        {"\x03\xf7", "v"},         /* 1015 */
        {"\x07\xd0", "v"},         /* 2000 */
        {"\x13\x88", "v"},         /* 5000 */
        {"\x03\xe8\xc3\x28", "u"}, /* a reason that is no UTF-8 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        open_one();
        say_frame(0x88, rows[i][0], strlen(rows[i][0]));
        assert_log(rows[i][1]);
        close(s.client);
        s.client = -1;
        assert_log("c");
    }
}

static void
a_close_frame_that_answers_ours_is_the_end(void **state)
{
    char in[16] = "";

    (void)state;
    s.leaves = true;
    open_one();
    assert_true(ws_write(s.ws, BYTES("\x88\x02\x03\xe9")));
    say_frame(0x88, "\x03\xe9", 2);
    assert_int_equal(hear(s.client, in, 8), 4); /* one close frame, and no more */
    assert_log("lc");
}

static void
what_comes_after_a_violation_is_not_looked_at(void **state)
{
    char x;

    (void)state;
    open_one();
    say_frame(0x83, "hi", 2); /* an opcode that is reserved */
    say_frame(0x81, "hi", 2); /* has no meaning any more */
    assert_log("v");
    loop_turn(s.loop);
    assert_int_equal(s.pieces.len, 0);
    assert_int_equal(hear(s.client, &x, 1), 0);    /* the server has said what there was to say: */
    assert_int_equal(recv(s.client, &x, 1, 0), 0); /* the end, not silence */
    shutdown(s.client, SHUT_WR);
    assert_log("c");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_message_comes_in_pieces),
        TEST(frames_go_out_as_they_are),
        TEST(the_newest_ping_is_answered),
        TEST(writable_is_reported_if_it_is_wanted),
        TEST(a_turn_to_write_comes_later),
        TEST(a_ping_is_answered_and_a_pong_is_a_sign_of_life),
        TEST(more_than_the_socket_takes_is_kept),
        TEST(no_pong_falls_between_the_pieces_of_a_frame),
        TEST(what_the_peer_takes_is_known),
        TEST(paused_within_it_stops_within),
        TEST(paused_it_reads_nothing),
        TEST(a_client_may_hang_up),
        TEST(a_client_may_be_reset),
        TEST(a_killed_one_is_closed_later),
        TEST(one_that_is_to_end_is_read_a_little_further),
        TEST(one_that_is_to_end_and_says_much_is_read_no_further),
        TEST(a_close_frame_is_answered),
        TEST(a_close_frame_against_the_rules_is_a_violation),
        TEST(a_close_frame_that_answers_ours_is_the_end),
        TEST(what_comes_after_a_violation_is_not_looked_at),
    };

    return cmocka_run_group_tests_name("ws", tests, NULL, NULL);
}
