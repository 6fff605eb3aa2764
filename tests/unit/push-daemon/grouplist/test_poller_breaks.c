/* test_poller_breaks.c - rounds that break, and clients that leave: nothing is lost by it. */
#include "tests/unit/push-daemon/grouplist/a_poller.h"

/* ---- rounds that break ---- */

/* In the broken round the user has left group b. It is told in the next one. */
static void
what_a_broken_round_has_seen_is_told_in_the_next(void **state)
{
    static const struct {
        const char *other_user; /* the answer for it; NULL: lost */
        const char *summary;    /* NULL: lost, "": there is no such question */
    } rows[] = {
        {GROUP_A, NULL},
        {GROUP_A, "*1\r\n:1\r\n"},
        {GROUP_A, "-BUSY running a script\r\n"},
        {NULL, ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        welcome(0, "u", GROUPS_AB, "*4\r\n" ONE EMPTY);
        welcome(1, "v", GROUP_A, "*2\r\n" ONE);
        assert_frames(&t.ws[0], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
        assert_frames(&t.ws[1], "[" ONE_OUT "]");
        tick();
        answer(GROUP_A);
        answer(rows[i].other_user);
        if (rows[i].summary == NULL || *rows[i].summary != '\0') {
            answer(rows[i].summary);
        }
        assert_int_equal(fake_commands_open(&t.commands), 0);
        assert_frames(&t.ws[0], "");
        tick();
        answer(GROUP_A);
        answer(GROUP_A);
        answer("*2\r\n" ONE);
        assert_frames(&t.ws[0], "[" ONE_OUT "]");
        assert_frames(&t.ws[1], "");
    }
}

static void
a_round_that_cannot_be_asked_is_broken(void **state)
{
    (void)state;
    watch(0, "u");
    t.commands.full = true;
    tick();
    t.commands.full = false;
    tick();
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
    tick();
    t.commands.full = true;
    answer(NO_GROUP); /* no group: nothing more is to be asked */
    assert_frames(&t.ws[0], "[]");
    t.commands.full = false;
    tick();
    t.commands.full = true;
    answer(GROUP_A);
    assert_frames(&t.ws[0], "");
    t.commands.full = false;
    round_of_a("*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
}

static void
a_round_begins_when_the_last_one_has_ended(void **state)
{
    (void)state;
    tick();
    assert_int_equal(t.commands.count, 0); /* nobody watches */
    welcome(0, "u", GROUP_A, "*2\r\n" ONE);
    assert_int_equal(t.commands.count, 2);
    t.commands.ready = false;
    tick();
    assert_int_equal(t.commands.count, 2);
    t.commands.ready = true;
    tick();
    tick();
    assert_int_equal(t.commands.count, 3);
    answer(GROUP_A);
    tick();
    assert_int_equal(t.commands.count, 4);
    answer("*2\r\n" ONE);
    tick();
    assert_int_equal(t.commands.count, 5);
}

static void
rounds_follow_a_changed_update_rate(void **state)
{
    (void)state;
    watch(0, "u");
    round_of_a("*2\r\n" ONE);
    a_config_set(&t.env.config, "im.groupList.updateRate", "3");
    tick();
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 0);
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 1);
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    a_config_set(&t.env.config, "im.groupList.updateRate", "3600");
    for (int i = 0; i < 100; i++) {
        tick();
    }
    assert_int_equal(fake_commands_open(&t.commands), 0);
    a_config_set(&t.env.config, "im.groupList.updateRate", "1");
    tick(); /* at once, not at the end of the hour */
    assert_int_equal(fake_commands_open(&t.commands), 1);
}

/* ---- clients that leave ---- */

static void
a_user_that_nobody_watches_is_asked_for_no_more(void **state)
{
    (void)state;
    watch(0, "u");
    watch(1, "u");
    watch(2, "v");
    a_crowd_lose(&t, 0);
    a_crowd_lose(&t, 2);
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 1);
    assert_command(&t.commands, 0, "SSCAN ugs:u 0 COUNT 1000");
}

/* Its user is still referred to by what is asked. */
static void
a_client_may_leave_during_a_round(void **state)
{
    static const bool comes_back[] = {false, true};

    for (int i = 0; i < 2; i++) {
        restart(state);
        welcome(0, "u", NO_GROUP, NULL);
        welcome(1, "v", NO_GROUP, NULL);
        tick();
        a_crowd_lose(&t, 0);
        answer(GROUPS_AB);
        if (comes_back[i]) {
            watch(2, "u");
        }
        answer(GROUP_A);
        answer("*4\r\n" ONE EMPTY);
        assert_frames(&t.ws[1], "[" ONE_OUT "]");
        assert_frames(&t.ws[2],
                      comes_back[i] ? "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]" : "");
        tick();
        assert_int_equal(fake_commands_open(&t.commands), comes_back[i] ? 2 : 1);
    }
}

/* Its outbox is full: to send it the list closes it, and it was the only one that watches. */
static void
a_client_may_be_closed_by_its_list(void **state)
{
    (void)state;
    welcome(0, "u", NO_GROUP, NULL);
    welcome(1, "v", NO_GROUP, NULL);
    t.ws[0].kept = true;
    for (int i = 0; i < OUTBOX_MAX_FRAMES; i++) {
        session_send_text(t.s[0], "x");
    }
    tick();
    answer(GROUP_A);
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    assert_false(session_is_open(t.s[0]));
    assert_frames(&t.ws[1], "[" ONE_OUT "]");
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 1);
}

static void
a_client_that_is_not_let_in_watches_nothing(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "im.group.loginAuth", "1");
    watch(0, "u");
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 1); /* may it come in? */
    answer(":-1\r\n");
    assert_frames(&t.ws[0], "440|(1000)");
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

/* With a user that waits for its answer. */
static void
a_poller_may_go_during_a_round(void **state)
{
    (void)state;
    watch(0, "u");
    tick();
    a_crowd_lose(&t, 0);
    poller_destroy(poller);
    poller = NULL;
    poller_destroy(NULL);
    t.commands.first = t.commands.count; /* the connection goes with it: nobody is told */
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_a_broken_round_has_seen_is_told_in_the_next),
        TEST(a_round_that_cannot_be_asked_is_broken),
        TEST(a_round_begins_when_the_last_one_has_ended),
        TEST(rounds_follow_a_changed_update_rate),
        TEST(a_user_that_nobody_watches_is_asked_for_no_more),
        TEST(a_client_may_leave_during_a_round),
        TEST(a_client_may_be_closed_by_its_list),
        TEST(a_client_that_is_not_let_in_watches_nothing),
        TEST(a_poller_may_go_during_a_round),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
