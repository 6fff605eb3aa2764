/* test_stream_lists.c - clients that come while others are still sent the list share it. */
#include "tests/unit/push-daemon/resume/a_case.h"

#define FIRST WELCOME LIST(1, 1001, 1, M(1, 1001))

/* The socket of the first client takes nothing, so its list waits. */
static void
begin(void)
{
    script_run(&s, "oj f S");
    assert_int_equal(asked(), 1);
}

static struct ws *
come(const struct session_kind *kind, const char *resume)
{
    struct world *w = &s.stage.world;
    struct ws *ws = &w->clients[w->client_count++];

    reader_open_as(kind, w, ws, resume);
    stream_join(s.stage.stream, ws->session);
    return ws;
}

static void
who_comes_meanwhile_gets_the_same_list(void **state)
{
    (void)state;
    begin();
    fake_loop_advance(s.stage.world.env.loop, 1000);
    script_run(&s, "j oS j");
    assert_int_equal(asked(), 2); /* for the third one: its list is another */
    assert_string_equal(got(1), FIRST NEW(2, 1002));
    script_run(&s, "wS");
    assert_string_equal(got(0), FIRST NEW(2, 1002));
    assert_string_equal(got(2), WELCOME LIST(1, 1002, 2, M(1, 1001) "," M(2, 1002)));
    assert_int_equal(asked(), 2);
    assert_int_equal(s.stage.world.metrics.resumes_refused, 0);
}

static void
a_list_is_asked_for_anew(void **state)
{
    static const struct {
        const char *after; /* this */
        int ms;            /* and so long */
    } rows[] = {
        {"w", 0},    /* all have taken theirs */
        {"l", 0},    /* who was sent it has left */
        {"oS", 0},   /* a message came */
        {"rS", 0},   /* a late one, which has no number of its own */
        {"nS", 0},   /* an event */
        {"S", 1001}, /* another writer may have changed it, and not said so */
        {"c sd", 0}, /* something may have been missed */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int before;

        restart(state);
        begin();
        script_run(&s, rows[i].after);
        fake_loop_advance(s.stage.world.env.loop, rows[i].ms);
        before = asked();
        script_run(&s, "j");
        assert_string_equal(got(1), "");
        script_run(&s, "S");
        assert_int_equal(asked(), before + 1);
        assert_non_null(strstr(got(1), WELCOME "{\"type\":\"list\""));
    }
}

/* Has it missed something? Only Redis can tell. If it stood in another log, the list is for it. */
static void
who_comes_back_gets_it_if_it_stood_elsewhere(void **state)
{
    struct ws *same, *other;

    (void)state;
    begin();
    same = come(&reader_kind, "00abc001-1000");
    assert_int_equal(asked(), 2);
    other = come(&reader_kind, "deadbeef-1001");
    assert_string_equal(client_got(other), FIRST);
    assert_int_equal(s.stage.world.metrics.resumes_refused, 1);
    script_run(&s, "S");
    assert_string_equal(client_got(same), FIRST);
    assert_int_equal(asked(), 2);
}

static void
each_form_of_frames_has_its_own(void **state)
{
    struct ws *ws;

    (void)state;
    begin();
    ws = come(&reader_of_events, "");
    assert_int_equal(asked(), 2);
    script_run(&s, "S");
    assert_non_null(strstr(ws->got.bytes, "data: {\"type\":\"list\""));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(who_comes_meanwhile_gets_the_same_list),
        TEST(a_list_is_asked_for_anew),
        TEST(who_comes_back_gets_it_if_it_stood_elsewhere),
        TEST(each_form_of_frames_has_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
