/* test_stream_answers.c - what a stream does if Redis cannot answer, or not as it should. */
#include "tests/unit/push-daemon/fake_log.h"
#include "tests/unit/push-daemon/resume/a_case.h"

#define FIRST WELCOME LIST(1, 1001, 1, M(1, 1001))

static void
a_group_that_cannot_be_read_lets_nobody_in(void **state)
{
    (void)state;
    script_run(&s, "oj S j");
    s.stage.log.refuses = "-WRONGTYPE Operation against a key\r\n";
    script_run(&s, "S");
    assert_string_equal(got(1), "close:1011 ");
    script_run(&s, "oS");
    assert_string_equal(got(0), WELCOME LIST(1, 1001, 1, M(1, 1001)) NEW(2, 1002));
}

/* Nor one of which a further piece of the list cannot be read. */
static void
a_piece_that_cannot_be_read_lets_nobody_in(void **state)
{
    (void)state;
    s.stage.log.piece = 1;
    script_run(&s, "oo j sdxd a W S");
    assert_string_equal(got(0), "close:1011 ");
    script_run(&s, "W j S");
    assert_string_equal(got(1), WELCOME LIST(1, 1002, 2, M(1, 1001) "," M(2, 1002)));
}

/* They hear nothing of what is published: it may come behind something that they have missed. */
static void
members_of_a_group_that_cannot_be_read_get_what_they_lack_in_the_end(void **state)
{
    static const struct {
        const char *before, *meanwhile;
        const char *got; /* as soon as the list can be read again */
    } rows[] = {
        {"c", "S PS", ""},
        {"co", "S o n S PS", NEW(2, 1002) NEW(3, 1003) NOTICE(1004)},
        {"c", "s d x o d a o d", NEW(2, 1002) NEW(3, 1003)}, /* the first one was dropped */
        {"cr", "S o S", LATE(2, 1001) NEW(3, 1002)},
        {"co", "S t o S", LIST(1, 1003, 2, M(2, 1002) "," M(3, 1003))},
        {"coX", "S o S", LIST(2, 1003, 3, M(1, 1001) "," M(2, 1002) "," M(3, 1003))},
        {"coE", "S o S", LIST(2, 1003, 1, M(3, 1003))},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        script_run(&s, "oj S");
        script_run(&s, rows[i].before);
        script_run(&s, "W");
        script_run(&s, rows[i].meanwhile);
        assert_string_equal(got(0), FIRST);
        script_run(&s, "W PS");
        assert_string_equal(got(0) + strlen(FIRST), rows[i].got);
        script_run(&s, "l kS");
        assert_non_null(strstr(got(0), "\"recovered\":true"));
    }
}

/* Each second it is asked for anew. */
static void
a_group_that_cannot_be_read_is_logged_once(void **state)
{
    int before;

    (void)state;
    script_run(&s, "oj S c W S");
    before = asked();
    fake_log_clear();
    for (int i = 1; i <= 5; i++) {
        script_run(&s, "PS");
        assert_int_equal(asked(), before + i);
    }
    assert_int_equal(fake_log_count("list-unreadable"), 0); /* before that it was */
    script_run(&s, "jS"); /* or if it costs somebody the connection */
    assert_int_equal(fake_log_count("list-unreadable"), 1);
    script_run(&s, "W PS W c S");
    assert_int_equal(fake_log_count("list-unreadable"), 2);
}

/* They were to get the list, as the log of events is another one. */
static void
members_whose_log_of_events_is_lost_get_the_list_when_it_can_be_read(void **state)
{
    (void)state;
    script_run(&s, "oj S Xj xda");
    s.stage.log.refuses = "-WRONGTYPE Operation against a key\r\n";
    script_run(&s, "xa rS");
    assert_string_equal(got(0), WELCOME LIST(1, 1001, 1, M(1, 1001)));
    assert_string_equal(got(1), "close:1011 ");
    s.stage.log.refuses = NULL;
    script_run(&s, "PS");
    assert_non_null(strstr(got(0), "]} {\"type\":\"list\",\"epoch\":\"00abc002\""));
    assert_non_null(strstr(got(0), "\"total\":2"));
}

/* Its members have left before it could be read: the next client stands where the list ends. */
static void
who_comes_after_that_stands_where_the_list_ends(void **state)
{
    (void)state;
    script_run(&s, "oj S c o");
    s.stage.log.refuses = "-WRONGTYPE Operation against a key\r\n";
    script_run(&s, "S l");
    s.stage.log.refuses = NULL;
    script_run(&s, "jS rS");
    assert_string_equal(got(1), WELCOME LIST(1, 1002, 2, M(1, 1001) "," M(2, 1002)) LATE(3, 1002));
}

static void
an_answer_that_is_none_is_asked_for_again(void **state)
{
    static const char *const answers[] = {"-LOADING Redis is loading\r\n", "*0\r\n", ":1\r\n",
                                          "*6\r\n$0\r\n\r\n:1\r\n:0\r\n:0\r\n*0\r\n*0\r\n"};

    (void)state;
    script_run(&s, "oj sd");
    for (int i = 0; i < 4; i++) {
        s.stage.log.refuses = answers[i];
        script_run(&s, "xaP");
        assert_int_equal(asked(), i + 2);
    }
    s.stage.log.refuses = NULL;
    script_run(&s, "xdCS"); /* a new connection: the answer was lost */
    assert_string_equal(got(0), WELCOME LIST(1, 1001, 1, M(1, 1001)));
}

static void
nothing_is_asked_while_commands_are_down(void **state)
{
    (void)state;
    script_run(&s, "ojD SP");
    assert_int_equal(asked(), 0);
    script_run(&s, "UPS");
    assert_string_equal(got(0), WELCOME LIST(1, 1001, 1, M(1, 1001)));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_group_that_cannot_be_read_lets_nobody_in),
        TEST(a_piece_that_cannot_be_read_lets_nobody_in),
        TEST(members_of_a_group_that_cannot_be_read_get_what_they_lack_in_the_end),
        TEST(a_group_that_cannot_be_read_is_logged_once),
        TEST(members_whose_log_of_events_is_lost_get_the_list_when_it_can_be_read),
        TEST(who_comes_after_that_stands_where_the_list_ends),
        TEST(an_answer_that_is_none_is_asked_for_again),
        TEST(nothing_is_asked_while_commands_are_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
