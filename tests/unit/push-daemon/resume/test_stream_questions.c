/* test_stream_questions.c - what a stream asks Redis: how often, and for whom. */
#include "tests/unit/push-daemon/resume/a_case.h"

static void
all_that_wait_share_one_question(void **state)
{
    (void)state;
    script_run(&s, "ojjj S");
    assert_int_equal(asked(), 1);
    script_run(&s, "lo S l o S l o S"); /* they stand at 1001, 1002, 1003 */
    stage_come(&s.stage, &s.stage.readers[0]);
    stage_come(&s.stage, &s.stage.readers[1]);
    stage_come(&s.stage, &s.stage.readers[2]);
    script_run(&s, "S");
    assert_string_equal(got(0), BACK(3) NEW(2, 1002) NEW(3, 1003) NEW(4, 1004));
    assert_string_equal(got(1), BACK(2) NEW(3, 1003) NEW(4, 1004));
    assert_string_equal(got(2), BACK(1) NEW(4, 1004));
    assert_int_equal(asked(), 2);
    assert_int_equal(s.stage.world.metrics.resumes_recovered, 3);
    assert_int_equal(s.stage.world.metrics.resumes_missed, 6);
    assert_int_equal(s.stage.world.metrics.resumes_refused, 0);
    script_run(&s, "lX oS kS");
    assert_int_equal(s.stage.world.metrics.resumes_refused, 1);
}

static void
who_lacks_nothing_costs_no_question(void **state)
{
    (void)state;
    script_run(&s, "oj S jS"); /* the second one has no position: it asks for the list */
    assert_int_equal(asked(), 2);
    script_run(&s, "lk LnSk");
    assert_int_equal(asked(), 3); /* the notice */
    script_run(&s, "S LkS");
    assert_int_equal(asked(), 3);
    script_run(&s, "rS Lk"); /* it may have come before that late message */
    assert_int_equal(asked(), 4);
    script_run(&s, "S nS LkS"); /* nobody can stand at the notice and lack it */
    assert_int_equal(asked(), 4);
}

static void
the_lowest_position_is_asked_for_as_its_answer_serves_all(void **state)
{
    struct stage *g = &s.stage;

    (void)state;
    script_run(&s, "ojjj S lo S lo S lo S c"); /* they stood at 1001, 1002, 1003 */
    for (int i = 2; i >= 0; i--) {
        stage_come(g, &g->readers[i]);
    }
    script_run(&s, "S");
    assert_int_equal(asked(), 2);
    assert_string_equal(got(0), BACK(3) NEW(2, 1002) NEW(3, 1003) NEW(4, 1004));
    assert_string_equal(got(2), BACK(1) NEW(4, 1004));
}

/* Whatever its protocol. */
static void
who_waits_longest_is_asked_for_first(void **state)
{
    struct stage *g = &s.stage;
    struct node *c = &g->log.commands;
    struct ws *ws = &g->world.clients[g->world.client_count++];

    (void)state;
    script_run(&s, "oj S l oS c");
    reader_open_as(&reader_of_events, &g->world, ws, "");
    stream_join(g->stream, ws->session);
    fake_loop_advance(g->world.env.loop, 1);
    script_run(&s, "k sd");
    assert_int_equal(c->queue[c->head].since, 0); /* it has no position */
    script_run(&s, "xda xda");
    assert_string_equal(got(0), BACK(1) NEW(2, 1002));
}

/* The log has dropped some of it, as members have it all. */
static void
who_waits_while_too_much_comes_is_asked_for_again(void **state)
{
    (void)state;
    config.push.room_log_bytes = 400;
    script_run(&s, "oj S j xd oooooo dddddd e a");
    assert_string_equal(got(1), "");
    config.message.list_num = 1;
    script_run(&s, "S");
    assert_int_equal(asked(), 3);
    assert_string_equal(got(1), WELCOME LIST(1, 1007, 7, M(7, 1007)));
}

/* What one has missed cannot be proved; that says nothing of the others. */
static void
each_has_an_answer_to_its_own_position(void **state)
{
    struct stage *g = &s.stage;

    (void)state;
    script_run(&s, "ojj S l oS l oS t c"); /* they stood at 1001, which is gone, and 1002 */
    stage_come(g, &g->readers[0]);
    stage_come(g, &g->readers[1]);
    script_run(&s, "S");
    assert_string_equal(got(0), WELCOME LIST(1, 1003, 2, M(2, 1002) "," M(3, 1003)));
    assert_string_equal(got(1), BACK(1) NEW(3, 1003));
}

/* A position of another life of the log tells nothing of this one. */
static void
a_lower_position_of_another_epoch_is_not_asked_for(void **state)
{
    struct stage *g = &s.stage;
    struct node *c = &g->log.commands;

    (void)state;
    script_run(&s, "ojj S L lX oS kS oS l c"); /* at 1003 of a new log; at 1001 of the old */
    stage_come(g, &g->readers[0]);
    fake_loop_advance(g->world.env.loop, 1);
    stage_come(g, &g->readers[1]);
    script_run(&s, "sd");
    assert_int_equal(c->queue[c->head].since, 1003);
    script_run(&s, "S");
    assert_string_equal(got(0), BACK(0));
    assert_string_equal(got(1), WELCOME LIST(2, 1003, 3, M(1, 1001) "," M(2, 1002) "," M(3, 1003)));
}

static void
a_list_that_is_long_enough_or_whole_is_asked_for_once(void **state)
{
    config.message.list_num = 2;
    script_run(&s, "ooo j S");
    assert_int_equal(asked(), 1);
    assert_string_equal(got(0), WELCOME LIST(1, 1003, 3, M(2, 1002) "," M(3, 1003)));
    restart(state);
    config.message.list_num = 2;
    script_run(&s, "og j S");
    assert_int_equal(asked(), 1);
    assert_string_equal(got(0), WELCOME LIST(1, 1001, 2, M(1, 1001)));
}

static void
what_is_held_back_is_bounded_by_asking_again(void **state)
{
    (void)state;
    config.push.room_log_bytes = 2 * (int64_t)strlen(M(2, 1002));
    script_run(&s, "oj sdxd oo dd");
    assert_int_equal(asked(), 1); /* two messages are held */
    script_run(&s, "od");
    assert_int_equal(asked(), 2); /* one more: the list has it */
    config.push.room_log_bytes = 65536;
    script_run(&s, "S");
    assert_string_equal(
        got(0), WELCOME LIST(1, 1004, 4, M(1, 1001) "," M(2, 1002) "," M(3, 1003) "," M(4, 1004)));
}

/* Those that come back at an ever lower position each need a question of their own. */
static void
who_stands_nowhere_is_not_kept_waiting_by_those_who_come_back(void **state)
{
    struct stage *g = &s.stage;

    (void)state;
    script_run(&s, "ojjjj S l oS l oS l oS l oS");
    stage_come(g, &g->readers[3]);
    script_run(&s, "j");
    stage_come(g, &g->readers[2]);
    script_run(&s, "xda");
    stage_come(g, &g->readers[1]);
    assert_string_equal(got(4), "");
    script_run(&s, "xda");
    stage_come(g, &g->readers[0]);
    assert_string_equal(got(4), WELCOME LIST(1, 1005, 5,
                                             M(1, 1001) "," M(2, 1002) "," M(3, 1003) "," M(
                                                 4, 1004) "," M(5, 1005)));
    script_run(&s, "S");
    assert_string_equal(got(0), BACK(4) NEW(2, 1002) NEW(3, 1003) NEW(4, 1004) NEW(5, 1005));
    assert_string_equal(got(3), BACK(1) NEW(5, 1005));
}

static void
a_list_comes_in_pieces(void **state)
{
    (void)state;
    config.message.list_num = 4;
    s.stage.log.piece = 2;
    script_run(&s, "ogooo j S");
    assert_int_equal(asked(), 3); /* 5 and 4; 3 and the litter; 1 */
    assert_string_equal(
        got(0), WELCOME LIST(1, 1004, 5, M(1, 1001) "," M(2, 1002) "," M(3, 1003) "," M(4, 1004)));
}

/* What comes between the pieces comes behind the list, and what goes is told there. */
static void
a_list_in_pieces_is_that_of_the_mark(void **state)
{
    (void)state;
    s.stage.log.piece = 1;
    script_run(&s, "ooo j sdxd a oV d d S");
    assert_string_equal(
        got(0), WELCOME LIST(1, 1003, 3, M(2, 1002) "," M(3, 1003))
                    NEW(4, 1004) "{\"type\":\"recall\",\"at\":1005,\"userId\":\"a\",\"ts\":1001} ");
}

/* Or if what the last piece ended with is gone. */
static void
a_list_that_changes_between_its_pieces_is_asked_for_anew(void **state)
{
    (void)state;
    s.stage.log.piece = 2;
    script_run(&s, "ooooo j sdxd a");
    assert_int_equal(asked(), 2);
    log_remove(&s.stage.log, 3);
    script_run(&s, "xa");
    assert_int_equal(asked(), 3);
    script_run(&s, "S");
    assert_string_equal(
        got(0), WELCOME LIST(1, 1005, 4, M(1, 1001) "," M(2, 1002) "," M(3, 1003) "," M(5, 1005)));
}

/* The answer to a piece is lost, or it cannot be asked for; the next second asks anew. */
static void
a_piece_that_is_lost_lets_nobody_in(void **state)
{
    static const char *const rows[] = {"xC", "C", "D a U", "x DCU"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        s.stage.log.piece = 1;
        script_run(&s, rows[i][0] == 'D' ? "oo j sdxd" : "oo j sdxd a");
        script_run(&s, rows[i]);
        assert_string_equal(got(0), "");
        script_run(&s, "P S");
        assert_string_equal(got(0), WELCOME LIST(1, 1002, 2, M(1, 1001) "," M(2, 1002)));
    }
}

/* What is no message may stand there twice. It does not name the place, and is compared. */
static void
a_piece_is_not_mistaken_for_what_came_later(void **state)
{
    (void)state;
    s.stage.log.piece = 2;
    script_run(&s, "ioogi j sdxd a pg S");
    assert_int_equal(asked(), 2);
    assert_non_null(strstr(got(0),
                           "\"total\":5,\"list\":[{\"groupId\":\"g\",\"userId\":\"i\",\"info"
                           "\":\"1\",\"ts\":1001},{\"groupId\":\"g\",\"userId\":\"i\",\"info"
                           "\":\"4\",\"ts\":1004}]} {\"type\":\"purge\",\"at\":1005,"));
    restart(state);
    s.stage.log.piece = 2;
    script_run(&s, "oogi j sdxd a pg xa"); /* nothing older is left: that shows only anew */
    assert_int_equal(asked(), 3);
    script_run(&s, "S");
    assert_non_null(strstr(got(0),
                           "\"at\":1004,\"total\":3,\"list\":[{\"groupId\":\"g\",\"userId\":"
                           "\"i\",\"info\":\"3\",\"ts\":1003}]} "));
}

/* So it has an end even if messages are recalled all the time. */
static void
a_list_that_changes_again_and_again_is_asked_for_in_one(void **state)
{
    struct node *c = &s.stage.log.commands;

    (void)state;
    s.stage.log.piece = 1;
    script_run(&s, "oooooo j sd");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(asked(), 2 * i + 1);
        assert_false(c->queue[c->head].in_one);
        script_run(&s, "xd a R xa d");
    }
    assert_int_equal(asked(), 7);
    assert_true(c->queue[c->head].in_one);
    script_run(&s, "xd a");
    assert_string_equal(got(0), WELCOME LIST(1, 1009, 3, M(1, 1001) "," M(2, 1002) "," M(3, 1003)));
    script_run(&s, "j x"); /* the next one comes in pieces again */
    assert_false(c->queue[c->head].in_one);
}

/* Nothing names the place of a further piece: then the list is what one answer has. */
static void
a_list_of_what_is_no_message_has_an_end(void **state)
{
    struct node *c = &s.stage.log.commands;

    (void)state;
    s.stage.log.piece = 2;
    script_run(&s, "o gg j sdxd a");
    assert_int_equal(asked(), 2);
    assert_true(c->queue[c->head].in_one);
    assert_int_equal(c->queue[c->head].window, 10000);
    script_run(&s, "g xdd a");
    assert_int_equal(asked(), 2);
    assert_string_equal(got(0), WELCOME LIST(1, 1001, 4, M(1, 1001)));
}

static void
members_ask_now_and_then_so_that_the_log_is_kept(void **state)
{
    (void)state;
    script_run(&s, "oj S P");
    assert_int_equal(asked(), 1);
    fake_loop_advance(s.stage.world.env.loop, 12 * 3600 * 1000 - 1);
    script_run(&s, "P");
    assert_int_equal(asked(), 1);
    fake_loop_advance(s.stage.world.env.loop, 1);
    script_run(&s, "P");
    assert_int_equal(asked(), 2);
    script_run(&s, "oSP");
    assert_string_equal(got(0), WELCOME LIST(1, 1001, 1, M(1, 1001)) NEW(2, 1002));
    assert_int_equal(asked(), 2);
    fake_loop_advance(s.stage.world.env.loop, 12 * 3600 * 1000);
    script_run(&s, "XPS"); /* it was lost: the list, in its new life */
    assert_string_equal(got(0), WELCOME LIST(1, 1001, 1, M(1, 1001)) NEW(2, 1002)
                                    LIST(2, 1002, 2, M(1, 1001) "," M(2, 1002)));
    assert_int_equal(asked(), 4);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(all_that_wait_share_one_question),
        TEST(who_lacks_nothing_costs_no_question),
        TEST(the_lowest_position_is_asked_for_as_its_answer_serves_all),
        TEST(who_waits_longest_is_asked_for_first),
        TEST(who_waits_while_too_much_comes_is_asked_for_again),
        TEST(each_has_an_answer_to_its_own_position),
        TEST(a_lower_position_of_another_epoch_is_not_asked_for),
        TEST(a_list_that_is_long_enough_or_whole_is_asked_for_once),
        TEST(what_is_held_back_is_bounded_by_asking_again),
        TEST(who_stands_nowhere_is_not_kept_waiting_by_those_who_come_back),
        TEST(a_list_comes_in_pieces),
        TEST(a_list_in_pieces_is_that_of_the_mark),
        TEST(a_list_that_changes_between_its_pieces_is_asked_for_anew),
        TEST(a_piece_that_is_lost_lets_nobody_in),
        TEST(a_piece_is_not_mistaken_for_what_came_later),
        TEST(a_list_that_changes_again_and_again_is_asked_for_in_one),
        TEST(a_list_of_what_is_no_message_has_an_end),
        TEST(members_ask_now_and_then_so_that_the_log_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
