/* test_stream.c - what clients of fastim.v2 get of a group, frame by frame.
 * test_stream_orders.c tries all orders. */
#include "tests/unit/push-daemon/resume/a_case.h"

/* ---- what each gets ---- */

static void
each_gets_what_it_lacks(void **state)
{
    static const struct {
        const char *script;
        int list_num, client;
        const char *got;
    } rows[] = {
        {"jS", 50, 0, WELCOME LIST(1, 1000, 0, "")},
        {"oj So", 50, 0, WELCOME LIST(1, 1001, 1, M(1, 1001))},
        {"oj SoS", 50, 0, WELCOME LIST(1, 1001, 1, M(1, 1001)) NEW(2, 1002)},
        {"ooj S", 1, 0, WELCOME LIST(1, 1002, 2, M(2, 1002))},
        {"ooj S", 0, 0, WELCOME LIST(1, 1002, 2, "")},
        /* Behind the mark, before the answer. */
        {"oj sdx o dda", 50, 0, WELCOME LIST(1, 1001, 1, M(1, 1001)) NEW(2, 1002)},
        {"oj sdx o add", 50, 0, WELCOME LIST(1, 1001, 1, M(1, 1001)) NEW(2, 1002)},
        /* Late messages, events. */
        {"oj SrnrRS", 50, 0,
         WELCOME LIST(1, 1001, 1, M(1, 1001)) LATE(2, 1001) NOTICE(1002)
             LATE(3, 1002) "{\"type\":\"recall\",\"at\":1003,\"userId\":\"r\",\"ts\":3} "},
        /* One that comes back. */
        {"ojj S l oS kS", 50, 0, BACK(1) NEW(2, 1002)},
        {"ojj S l k", 50, 0, BACK(0)},
        {"ojj S l ornS kS", 50, 0, BACK(3) NEW(2, 1002) LATE(3, 1002) NOTICE(1003)},
        {"ojj S l oS kxo dda", 50, 0, BACK(1) NEW(2, 1002) NEW(3, 1003)},
        {"ojj S l oRS kS", 50, 0, BACK(1) RECALL(1003, 1002)},
        {"ojj S l VS kS", 50, 0, WELCOME LIST(1, 1002, 0, "")}, /* its anchor is gone */
        {"ojj S l oSX kS", 50, 0, WELCOME LIST(2, 1002, 2, M(1, 1001) "," M(2, 1002))},
        {"oj S l E kS", 50, 0, WELCOME LIST(2, 0, 0, "")},
        /* Members, when the subscription was down. */
        {"oj S co S", 50, 0, WELCOME LIST(1, 1001, 1, M(1, 1001)) NEW(2, 1002)},
        {"oj S c S", 50, 0, WELCOME LIST(1, 1001, 1, M(1, 1001))},
        {"oj S coV S", 50, 0, WELCOME LIST(1, 1001, 1, M(1, 1001)) LIST(1, 1003, 1, M(2, 1002))},
        {"oj S E S", 50, 0, WELCOME LIST(1, 1001, 1, M(1, 1001)) LIST(2, 0, 0, "")},
        {"oj S coS nS", 50, 0, WELCOME LIST(1, 1001, 1, M(1, 1001)) NEW(2, 1002) NOTICE(1003)},
        /* Entries that are no message make the list too short. */
        {"oogg j S", 2, 0, WELCOME LIST(1, 1002, 4, M(1, 1001) "," M(2, 1002))},
        {"oj S c oogg Xj S", 2, 0,
         WELCOME LIST(1, 1001, 1, M(1, 1001)) LIST(2, 1003, 5, M(2, 1002) "," M(3, 1003))},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        config.message.list_num = rows[i].list_num;
        script_run(&s, rows[i].script);
        if (strcmp(got(rows[i].client), rows[i].got) != 0) {
            fail_msg("\"%s\": got %s, wanted %s", rows[i].script, got(rows[i].client), rows[i].got);
        }
    }
}

/* The stream of a group that Part 1 clients keep: its event log expires unnoticed. */
static void
nobody_gets_the_list_twice_because_the_log_had_expired(void **state)
{
    (void)state;
    script_run(&s, "oj S l X jS");
    assert_string_equal(got(1), WELCOME LIST(2, 1001, 1, M(1, 1001)));
    script_run(&s, "o S j S");
    assert_string_equal(got(1), WELCOME LIST(2, 1001, 1, M(1, 1001)) NEW(2, 1002));
    script_run(&s, "L kS");
    assert_int_equal(s.stage.readers[2].refused, 1);
    assert_string_equal(got(2), "");
}

static void
what_is_not_durable_goes_to_those_who_are_there(void **state)
{
    (void)state;
    stream_pass(s.stage.stream, str_of("{\"type\":\"signal\"}"));
    script_run(&s, "j");
    stream_pass(s.stage.stream, str_of("{\"type\":\"signal\"}"));
    script_run(&s, "sdxd"); /* the mark has come */
    stream_pass(s.stage.stream, str_of("{\"type\":\"signal\"}"));
    script_run(&s, "S");
    stream_pass(s.stage.stream, str_of("{\"type\":\"settings\"}"));
    script_run(&s, "e");
    assert_string_equal(got(0), WELCOME LIST(1, 1000, 0, "") "{\"type\":\"settings\"} ");
    script_run(&s, "l kS"); /* its position is as before */
    assert_string_equal(got(0), BACK(0));
    script_run(&s, "l j xd"); /* the mark has come */
    stream_pass(s.stage.stream, str_of("{\"type\":\"signal\"}"));
    script_run(&s, "S");
    assert_string_equal(got(1), WELCOME LIST(1, 1000, 0, ""));
}

/* Clients of both forms wait for the same answers, and tell each other nothing. */
static void
an_event_stream_gets_the_same_in_its_form(void **state)
{
    struct stage *g = &s.stage;
    struct ws *ws = &g->world.clients[g->world.client_count++];

    (void)state;
    reader_open_as(&reader_of_events, &g->world, ws, "");
    stream_join(g->stream, ws->session);
    script_run(&s, "oj Sr nS");
    stream_pass(g->stream, str_of("{}"));
    script_run(&s, "e");
    assert_int_equal(asked(), 1);
    assert_bytes(
        text_str(&ws->got),
        BYTES("data: {\"type\":\"welcome\",\"recovered\":false,\"missed\":0}\n\n"
              "id: 00abc001-1001\ndata: {\"type\":\"list\",\"epoch\":\"00abc001\","
              "\"at\":1001,\"total\":1,\"list\":[" M(
                  1, 1001) "]}\n\n"
                           "id: 00abc001-1001\ndata: {\"type\":\"message\",\"groupId\":\"g\","
                           "\"userId\":\"r\",\"info\":\"2\",\"ts\":2,\"at\":1001}\n\n"
                           "id: 00abc001-1002\ndata: {\"type\":\"notice\",\"at\":1002,"
                           "\"info\":\"x\"}\n\ndata: {}\n\n"));
    assert_string_equal(got(0),
                        WELCOME LIST(1, 1001, 1, M(1, 1001)) LATE(2, 1001) NOTICE(1002) "{} ");
    client_lose(ws);
    script_run(&s, "oS");
    reader_open_as(&reader_of_events, &g->world, ws, "00abc001-1002");
    stream_join(g->stream, ws->session);
    script_run(&s, "S"); /* what carries `at` may come again */
    assert_bytes(text_str(&ws->got),
                 BYTES("data: {\"type\":\"welcome\",\"recovered\":true,\"missed\":2}\n\n"
                       "id: 00abc001-1002\ndata: {\"type\":\"message\",\"groupId\":\"g\","
                       "\"userId\":\"r\",\"info\":\"2\",\"ts\":2,\"at\":1002}\n\n"
                       "id: 00abc001-1003\ndata: {\"type\":\"message\"," SAID(3, 1003) "}\n\n"));
}

#define MESSAGE(n, ts) "{\"type\":\"message\"," SAID(n, ts) "}"
#define SSE(id, json)  "id: 00abc001-" #id "\ndata: " json "\n\n"

/* So that who is cut off between two of them resumes there. */
static void
what_an_event_stream_had_missed_has_ids_of_its_own(void **state)
{
    struct stage *g = &s.stage;
    struct ws *ws = &g->world.clients[g->world.client_count++];

    (void)state;
    reader_open_as(&reader_of_events, &g->world, ws, "");
    stream_join(g->stream, ws->session);
    script_run(&s, "oS");
    text_clear(&ws->got);
    script_run(&s, "coon Se");
    assert_bytes(text_str(&ws->got),
                 BYTES(SSE(1002, MESSAGE(2, 1002)) SSE(1003, MESSAGE(3, 1003))
                           SSE(1004, "{\"type\":\"notice\",\"at\":1004,\"info\":\"x\"}")));
    client_lose(ws);
}

static void
an_event_that_they_have_comes_no_more(void **state)
{
    (void)state;
    script_run(&s, "oj S nS");
    stream_on_event(s.stage.stream, 1001, str_of(NOTICE(1001)));
    stream_on_event(s.stage.stream, 1002, str_of(NOTICE(1002)));
    script_run(&s, "oS");
    assert_string_equal(got(0), WELCOME LIST(1, 1001, 1, M(1, 1001)) NOTICE(1002) NEW(2, 1003));
}

/* ---- what others ask ---- */

static void
a_stream_tells_how_far_it_has_come(void **state)
{
    struct stream *st = s.stage.stream;

    (void)state;
    assert_true(stream_is_empty(st));
    assert_true(stream_has_reached(st, 5000)); /* there is nobody */
    script_run(&s, "oj");
    assert_false(stream_is_empty(st));
    assert_false(stream_has_members(st));
    assert_true(stream_has_reached(st, 5000)); /* it will be in the list */
    script_run(&s, "S");
    assert_true(stream_has_members(st));
    assert_true(stream_has_reached(st, 1001));
    assert_false(stream_has_reached(st, 1002));
    script_run(&s, "oS");
    assert_true(stream_has_reached(st, 1002));
    script_run(&s, "c");
    assert_true(stream_has_reached(st, 1002)); /* they have it, whatever becomes of Redis */
    assert_false(stream_has_reached(st, 1003));
    script_run(&s, "S l");
    assert_true(stream_is_empty(st));
    assert_int_equal(s.stage.left, 1);
    script_run(&s, "X j xoddae"); /* an answer of a new log, older than what has come since */
    assert_true(stream_has_reached(st, 1003));
    stream_destroy(NULL);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_gets_what_it_lacks),
        TEST(nobody_gets_the_list_twice_because_the_log_had_expired),
        TEST(what_is_not_durable_goes_to_those_who_are_there),
        TEST(an_event_stream_gets_the_same_in_its_form),
        TEST(what_an_event_stream_had_missed_has_ids_of_its_own),
        TEST(an_event_that_they_have_comes_no_more),
        TEST(a_stream_tells_how_far_it_has_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
