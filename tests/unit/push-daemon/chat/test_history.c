/* test_history.c - messages of the past: in pieces from Redis, in one frame to the client. */
#include "push-daemon/chat/history.h"

#include "tests/unit/push-daemon/chat/a_speaker.h"

#define M(ts) "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"i\",\"ts\":" #ts "}"
#define HISTORY(id, messages, end)                                                                 \
    "{\"type\":\"history\"," id "\"list\":[" messages "],\"end\":" end "}"

static struct a_speaker t;

static int
setup(void **state)
{
    (void)state;
    a_speaker_make(&t);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    a_speaker_free(&t);
    return 0;
}

/* For the next row of a table. */
static void
restart(void **state)
{
    teardown(state);
    setup(state);
}

static void
say(const char *json)
{
    struct client_frame f = a_frame_of(json);

    history_take(&t.ask, t.crowd.s[0], &f);
    client_frame_fini(&f);
}

/* A piece as prelude_piece.lua has it, newest first; entries: NULL behind the last. */
static void
answer_piece(int position, int end, const char *const *entries)
{
    struct text wire, list;
    size_t count = 0;

    text_init(&wire);
    text_init(&list);
    for (; entries[count] != NULL; count++) {
        text_add_str(&list, "$");
        text_add_int(&list, (int64_t)strlen(entries[count]));
        text_add_str(&list, "\r\n");
        text_add_str(&list, entries[count]);
        text_add_str(&list, "\r\n");
    }
    text_add_str(&wire, "*3\r\n:");
    text_add_int(&wire, position);
    text_add_str(&wire, "\r\n:");
    text_add_int(&wire, end);
    text_add_str(&wire, "\r\n*");
    text_add_int(&wire, (int64_t)count);
    text_add_str(&wire, "\r\n");
    text_add(&wire, list.bytes, list.len);
    fake_commands_answer(&t.crowd.commands, wire.bytes);
    text_fini(&list);
    text_fini(&wire);
}

#define answer(position, end, ...)                                                                 \
    answer_piece((position), (end), (const char *const[]){__VA_ARGS__, NULL})

static void
redis_is_asked_for_some_more_than_wanted(void **state)
{
    static const struct {
        const char *frame, *command;
    } rows[] = {
        {"{\"type\":\"history\",\"before\":9}",
         "EVALSHA list_before_ts 2 login:u gml:g secret "
         "{\"groupId\":\"g\",\"userId\":\"\",\"info\":\"  9 550"},
        {"{\"type\":\"history\",\"before\":9,\"count\":1,\"userId\":\"v\"}",
         "EVALSHA list_before_ts 2 login:u gml:g secret "
         "{\"groupId\":\"g\",\"userId\":\"v\",\"info\":\" v 9 501"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        say(rows[i].frame);
        assert_command(&t.crowd.commands, 0, rows[i].command);
        assert_true(t.crowd.s[0]->v2->asks_history);
    }
}

static void
one_piece_may_have_it_all(void **state)
{
    static const char ask_two[] = "{\"type\":\"history\",\"before\":9,\"count\":2,\"id\":\"h1\"}";
    static const struct {
        const char *frame;
        int position, end;
        const char *entries[5];
        const char *got;
    } rows[] = {
        {ask_two, 0, 0, {NULL}, HISTORY(ID("h1"), "", "true")},
        {ask_two, 0, 0, {M(5)}, HISTORY(ID("h1"), M(5), "true")},
        {ask_two, 3, 0, {M(5), M(4)}, HISTORY(ID("h1"), M(4) "," M(5), "false")},
        {ask_two, 0, 0, {M(5), M(4)}, HISTORY(ID("h1"), M(4) "," M(5), "true")},
        {ask_two, 0, 0, {M(5), M(4), M(3)}, HISTORY(ID("h1"), M(4) "," M(5), "false")},
        {ask_two, 0, 0, {M(5), "no", M(4)}, HISTORY(ID("h1"), M(4) "," M(5), "true")},
        {ask_two, 0, 0, {"no", "", "[]"}, HISTORY(ID("h1"), "", "true")},
        {"{\"type\":\"history\",\"before\":9}",
         0,
         0,
         {"{\"ts\":5,\"info\":\"i\",\"userId\":\"u\"}"},
         HISTORY("", M(5), "true")},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        say(rows[i].frame);
        answer_piece(rows[i].position, rows[i].end, rows[i].entries);
        assert_frames(&t.crowd.ws[0], rows[i].got);
        assert_int_equal(fake_commands_open(&t.crowd.commands), 0);
        assert_false(t.crowd.s[0]->v2->asks_history);
        assert_int_equal(t.crowd.s[0]->refs, 0);
    }
}

/* The next piece begins behind the entry that came last, known by its last bytes. */
static void
pieces_are_put_together(void **state)
{
    (void)state;
    say("{\"type\":\"history\",\"before\":9,\"count\":3,\"id\":\"h\"}");
    answer(70, 10, M(8), "no");
    assert_frames(&t.crowd.ws[0], "");
    assert_command(&t.crowd.commands, 0, "EVALSHA list_more 1 gml:g 70 no -1 10 502 131072");
    answer(60, 10, M(7));
    assert_command(&t.crowd.commands, 0,
                   "EVALSHA list_more 1 gml:g 60 erId\":\"u\",\"info\":\"i\",\"ts\":7} -1 10 501 "
                   "131072");
    answer(59, 10, M(6));
    assert_frames(&t.crowd.ws[0], HISTORY(ID("h"), M(6) "," M(7) "," M(8), "false"));
    assert_int_equal(fake_commands_open(&t.crowd.commands), 0);
    say("{\"type\":\"history\",\"before\":9}");
    answer(70, 10, M(8));
    answer_piece(0, 0, (const char *const[]){NULL}); /* the list was trimmed meanwhile */
    assert_frames(&t.crowd.ws[0], HISTORY("", M(8), "true"));
}

/* A frame is made of a MiB of entries at most. */
static void
its_bytes_are_bounded(void **state)
{
    static char entry[300000];

    (void)state;
    memset(entry, 'x', sizeof(entry) - 1);
    say("{\"type\":\"history\",\"before\":9,\"count\":200}");
    answer(9, 0, M(8), entry, entry);
    assert_int_equal(fake_commands_open(&t.crowd.commands), 1);
    answer(8, 0, entry, entry, M(7)); /* the last one is not looked at any more */
    assert_frames(&t.crowd.ws[0], HISTORY("", M(8), "false"));
    assert_int_equal(fake_commands_open(&t.crowd.commands), 0);
}

static void
what_is_read_counts_for_the_rates(void **state)
{
    static char entry[50000];

    (void)state;
    memset(entry, 'x', sizeof(entry) - 1);
    a_config_set(&t.crowd.env.config, "push.bytesPerSecond", "1000");
    a_config_set(&t.crowd.env.config, "push.byteBurst", "100000");
    say("{\"type\":\"history\",\"before\":9}");
    answer(9, 0, entry);
    assert_true(sessions_take_message(t.crowd.sessions, t.crowd.s[0], 1));
    answer(0, 0, entry, entry);
    assert_false(sessions_take_message(t.crowd.sessions, t.crowd.s[0], 1));
    assert_frames(&t.crowd.ws[0], HISTORY("", "", "true"));
}

static void
a_refusal_is_told(void **state)
{
    static const struct {
        const char *answer; /* NULL: lost */
        const char *got;
    } rows[] = {
        {":-1\r\n", ERROR(ID("h"), 440, "login") "|" ERROR("", 440, "login") "|(4440)"},
        {":-4\r\n", ERROR(ID("h"), 403, "member") "|" ERROR("", 403, "member") "|(4403)"},
        {NULL, ERROR_LATER(ID("h"), 503, "redis")},
        {"-WRONGTYPE x\r\n", ERROR_LATER(ID("h"), 503, "redis")},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int pieces = 0; pieces < 2; pieces++) { /* at once, or later */
            restart(state);
            say("{\"type\":\"history\",\"before\":9,\"id\":\"h\"}");
            if (pieces > 0) {
                answer(70, 10, M(8));
            }
            fake_commands_answer(&t.crowd.commands, rows[i].answer);
            assert_frames(&t.crowd.ws[0], rows[i].got);
            assert_false(t.crowd.s[0]->v2->asks_history);
            assert_int_equal(t.crowd.s[0]->refs, 0);
        }
    }
}

static void
redis_may_go_away_between_two_pieces(void **state)
{
    (void)state;
    say("{\"type\":\"history\",\"before\":9,\"id\":\"h\"}");
    t.crowd.commands.ready = false;
    answer(70, 10, M(8));
    assert_frames(&t.crowd.ws[0], ERROR_LATER(ID("h"), 503, "redis"));
    say("{\"type\":\"history\",\"before\":9}");
    assert_frames(&t.crowd.ws[0], ERROR_LATER("", 503, "redis"));
    assert_int_equal(t.crowd.s[0]->refs, 0);
}

static void
one_at_a_time_and_ten_a_second(void **state)
{
    (void)state;
    say("{\"type\":\"history\",\"before\":9}");
    say("{\"type\":\"history\",\"before\":9,\"id\":\"h\"}");
    assert_frames(&t.crowd.ws[0], ERROR_LATER(ID("h"), 429, "connection"));
    answer(0, 0, M(8));
    for (int i = 1; i < 10; i++) { /* the one that was refused did not count */
        say("{\"type\":\"history\",\"before\":9}");
        answer(0, 0, M(8));
    }
    text_clear(&t.crowd.ws[0].sent);
    say("{\"type\":\"history\",\"before\":9}");
    assert_frames(&t.crowd.ws[0], ERROR_LATER("", 429, "connection"));
}

/* Nothing more is asked for it; and what it held of the quotas is long forgotten. */
static void
who_has_left_meanwhile_is_told_nothing(void **state)
{
    static const char *const answers[] = {"*3\r\n:70\r\n:10\r\n*1\r\n$2\r\nno\r\n", ":-1\r\n",
                                          NULL};

    for (int i = 0; i < 3; i++) {
        restart(state);
        assert_true(sessions_take_message(t.crowd.sessions, t.crowd.s[0], 1));
        say("{\"type\":\"history\",\"before\":9}");
        if (i < 2) {
            a_crowd_lose(&t.crowd, 0);
        } else {
            session_close(t.crowd.s[0], CLOSE_STOPPING);
            text_clear(&t.crowd.ws[0].sent);
        }
        a_crowd_wait(&t.crowd, 300);
        fake_commands_answer(&t.crowd.commands, answers[i]);
        assert_frames(&t.crowd.ws[0], "");
        assert_int_equal(fake_commands_open(&t.crowd.commands), 0);
        assert_int_equal(t.crowd.env.reaper.count, i < 2);
    }
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(redis_is_asked_for_some_more_than_wanted),
        TEST(one_piece_may_have_it_all),
        TEST(pieces_are_put_together),
        TEST(its_bytes_are_bounded),
        TEST(what_is_read_counts_for_the_rates),
        TEST(a_refusal_is_told),
        TEST(redis_may_go_away_between_two_pieces),
        TEST(one_at_a_time_and_ten_a_second),
        TEST(who_has_left_meanwhile_is_told_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
