/* test_stream_polled.c - clients of fastim.v2 in a group whose slot is on the move: what they get,
 * how often Redis is asked, and for whom. That the order of events does not matter is shown by
 * test_stream_orders.c. */
#include "tests/unit/push-daemon/resume/a_case.h"

/* Scripts from "oj S OM" on: a member has message 1, the list is at the other node. Its client gets
 * nothing of what is published, and all of what is read. */
static const struct scene_row {
    const char *what;
    const char *events;
    const char *first;  /* what the member gets */
    const char *second; /* what the next client gets, if there is one */
} rows[] = {
    {"what is read has its number", "oo TSTS", NEW(2, 1002) NEW(3, 1003), ""},
    {"what is heard is in the list: nothing twice", "B oo O TS", NEW(2, 1002) NEW(3, 1003), ""},
    {"events", "o n R TS", NOTICE(1003) RECALL(1004, 1002), ""},
    {"nobody else writes", "j S", "", WELCOME LIST(1, 1001, 1, M(1, 1001))},
    {"who comes after a message gets it in the list, the member by itself", "o j TS", NEW(2, 1002),
     WELCOME LIST(1, 1002, 2, M(1, 1001) "," M(2, 1002))},
    {"... and what comes next both get once", "o j S o TS", NEW(2, 1002) NEW(3, 1003),
     WELCOME LIST(1, 1002, 2, M(1, 1001) "," M(2, 1002)) NEW(3, 1003)},
    {"messages come between the answers", "o j xa xa o xa xa xa", NEW(2, 1002) NEW(3, 1003),
     WELCOME LIST(1, 1003, 3, M(1, 1001) "," M(2, 1002) "," M(3, 1003))},
    {"the log of events is lost: all begin anew, as nothing is proved", "o X TS",
     LIST(2, 1002, 2, M(1, 1001) "," M(2, 1002)), ""},
    {"the slot is the other node's", "o N sd B xda o d", NEW(2, 1002) NEW(3, 1003), ""},
    {"... which is heard before it is known that the move is over", "o N sd o d TS B xda",
     NEW(2, 1002) NEW(3, 1003), ""},
    {"the keys are at two nodes, then not any more", "o Y TTTTxaTTTTxa Y TTTTTTT S", NEW(2, 1002),
     ""},
    {"an answer is lost", "o TTTTxC TTTTS", NEW(2, 1002), ""},
};

static void
clients_get_what_is_read(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct scene_row *row = &rows[i];

        script_run(&s, "oj S OM S");
        text_clear(&s.stage.readers[0].ws->got);
        script_run(&s, row->events);
        if (strcmp(got(0), row->first) != 0) {
            fail_msg("%s: the member got %s", row->what, got(0));
        }
        if (strcmp(s.stage.reader_count > 1 ? got(1) : "", row->second) != 0) {
            fail_msg("%s: the next client got %s", row->what, got(1));
        }
        restart(state);
    }
}

/* What is heard between them, at a node that still has the list, comes by the next reading. */
static void
a_list_that_is_read_comes_in_pieces(void **state)
{
    (void)state;
    s.stage.log.piece = 1;
    script_run(&s, "oo O j sdxa o d xa");
    assert_string_equal(got(0), WELCOME LIST(1, 1002, 2, M(1, 1001) "," M(2, 1002)));
    script_run(&s, "TS");
    assert_string_equal(got(0), WELCOME LIST(1, 1002, 2, M(1, 1001) "," M(2, 1002)) NEW(3, 1003));
}

/* They are asked for where the list is. */
static void
the_list_goes_over_between_two_pieces(void **state)
{
    (void)state;
    s.stage.log.piece = 1;
    script_run(&s, "oo O j sdxa M xa");
    assert_string_equal(got(0), WELCOME LIST(1, 1002, 2, M(1, 1001) "," M(2, 1002)));
    assert_int_equal(asked(), 2);
}

static void
a_list_that_changes_between_its_pieces_is_read_anew(void **state)
{
    (void)state;
    s.stage.log.piece = 1;
    script_run(&s, "oooo O j sdxa R xa xa R xa xa R xa");
    assert_true(s.stage.log.commands.queue[s.stage.log.commands.head].in_one);
    script_run(&s, "xa");
    assert_string_equal(got(0), WELCOME LIST(1, 1007, 1, M(1, 1001)));
}

/* It stands behind the position that all questions are about, so each answer has it. */
static void
a_late_message_is_given_once(void **state)
{
    (void)state;
    script_run(&s, "oj S OM S");
    text_clear(&s.stage.readers[0].ws->got);
    script_run(&s, "r TSTSTSTSTSTS");
    assert_string_equal(got(0), LATE(2, 1001));
    script_run(&s, "r TSTSTS o TSTS");
    assert_string_equal(got(0), LATE(2, 1001) LATE(3, 1001) NEW(4, 1002));
}

static void
redis_is_asked_four_times_a_second(void **state)
{
    int before;

    (void)state;
    script_run(&s, "oj S OM S");
    before = asked();
    for (int i = 0; i < 100; i++) {
        fake_loop_advance(s.stage.world.env.loop, 10);
        stream_pump_if_due(s.stage.stream);
        script_drain(&s);
    }
    assert_in_range(asked() - before, 3, 5);
    script_run(&s, "Y"); /* nor more often if it cannot answer */
    before = asked();
    for (int i = 0; i < 100; i++) {
        fake_loop_advance(s.stage.world.env.loop, 10);
        stream_pump_if_due(s.stage.stream);
        script_drain(&s);
    }
    assert_in_range(asked() - before, 3, 5);
    script_run(&s, "Y l");
    before = asked();
    script_run(&s, "TTTT"); /* nobody wants to know */
    assert_int_equal(asked(), before);
}

/* Others write between each two answers: then the members get the list, too. */
static void
a_client_is_let_in_whatever_others_write(void **state)
{
    int answers = 0;

    (void)state;
    script_run(&s, "oj S OM S j");
    while (s.stage.world.metrics.resumes_refused == 0 && !strstr(got(1), "welcome")) {
        script_run(&s, "oxa");
        assert_in_range(++answers, 1, 32);
    }
    assert_non_null(strstr(got(1), "\"list\""));
    reader_take_all(&s.stage.readers[0], 50);
    assert_string_equal(s.stage.readers[0].wrong, "");
    assert_int_equal(s.stage.readers[0].lists, 2);
    assert_int_equal(s.stage.readers[0].at, s.stage.log.last);
}

/* As when it is read for the first time. */
static void
a_list_that_cannot_be_read_is_given_when_it_can(void **state)
{
    (void)state;
    script_run(&s, "oj S OM S");
    text_clear(&s.stage.readers[0].ws->got);
    script_run(&s, "W o TSTS");
    assert_string_equal(got(0), "");
    script_run(&s, "W TS");
    assert_string_equal(got(0), NEW(2, 1002));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(clients_get_what_is_read),
        TEST(a_list_that_is_read_comes_in_pieces),
        TEST(the_list_goes_over_between_two_pieces),
        TEST(a_list_that_changes_between_its_pieces_is_read_anew),
        TEST(a_late_message_is_given_once),
        TEST(redis_is_asked_four_times_a_second),
        TEST(a_client_is_let_in_whatever_others_write),
        TEST(a_list_that_cannot_be_read_is_given_when_it_can),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
