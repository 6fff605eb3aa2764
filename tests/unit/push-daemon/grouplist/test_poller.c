/* test_poller.c - clients of /group/list: what is new in the groups of each user. */
#include "tests/unit/push-daemon/grouplist/a_poller.h"

/* ---- rounds ---- */

static void
a_round_asks_for_the_users_and_then_for_their_groups(void **state)
{
    (void)state;
    welcome(0, "u", NO_GROUP, NULL);
    welcome(1, "v", NO_GROUP, NULL);
    watch(2, "v");
    assert_int_equal(t.s[0]->state, SESSION_LIVE);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 2);
    assert_command(&t.commands, 0, "SSCAN ugs:u 0 COUNT 1000");
    assert_command(&t.commands, 1, "SSCAN ugs:v 0 COUNT 1000");
    answer(GROUP_A);
    assert_int_equal(fake_commands_open(&t.commands), 1);
    answer(GROUPS_AB);
    assert_int_equal(fake_commands_open(&t.commands), 1); /* each group once */
    assert_command(&t.commands, 0, "EVALSHA summary 2 gml:a gml:b");
    assert_true(t.commands.sent[t.commands.first].script);
    answer("*4\r\n" ONE EMPTY);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
    assert_frames(&t.ws[1], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
    assert_frames(&t.ws[2], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
}

static void
a_list_is_sent_when_it_has_changed(void **state)
{
    static const struct {
        const char *groups, *summary; /* summary NULL: none is asked for */
        const char *frame;
    } rows[] = {
        {GROUP_A, "*2\r\n" ONE, "[" ONE_OUT "]"},
        {GROUP_A, "*2\r\n" ONE, ""},
        {GROUP_A, "*2\r\n" TWO, "[" TWO_OUT "]"},
        {NO_GROUP, NULL, "[]"}, /* it has left the last one */
        {NO_GROUP, NULL, ""},
        {GROUP_A, "*2\r\n" TWO, "[" TWO_OUT "]"},
        {GROUP_A, "*2\r\n" EMPTY, "[{\"newMessage\":null,\"total\":0}]"}, /* the list has expired */
        {"-WRONGTYPE Operation\r\n", "*2\r\n" EMPTY, ""}, /* the groups stay as they were */
        {"-WRONGTYPE Operation\r\n", "*2\r\n" TWO, "[" TWO_OUT "]"},
    };

    (void)state;
    watch(0, "u");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tick();
        answer(rows[i].groups);
        if (rows[i].summary != NULL) {
            answer(rows[i].summary);
        }
        assert_int_equal(fake_commands_open(&t.commands), 0);
        assert_frames(&t.ws[0], rows[i].frame);
    }
    assert_int_equal(fake_log_count("debug group-list user=\"u\""), 2);
}

static void
a_list_begins_with_the_first_message(void **state)
{
    (void)state;
    watch(0, "u");
    round_of_a("*2\r\n" EMPTY);
    assert_frames(&t.ws[0], "");
    round_of_a("*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
    watch(1, "v");
    tick();
    answer(GROUP_A);
    answer(NO_GROUP);
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[1], "");
    tick();
    answer(GROUP_A);
    answer(GROUPS_AB);
    answer("*4\r\n" ONE EMPTY); /* which its list has now */
    assert_frames(&t.ws[1], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
    assert_frames(&t.ws[0], "");
}

/* It watches a user whose list was never readable. */
static void
a_user_whose_groups_cannot_be_read_has_no_list(void **state)
{
    (void)state;
    watch(0, "u");
    tick();
    answer("-WRONGTYPE Operation\r\n");
    assert_int_equal(fake_commands_open(&t.commands), 0);
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 1); /* the round has ended */
    assert_frames(&t.ws[0], "");
}

static void
a_client_that_comes_later_gets_the_list_without_a_question(void **state)
{
    (void)state;
    welcome(0, "u", GROUP_A, "*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
    watch(1, "u");
    assert_frames(&t.ws[0], "");
    assert_frames(&t.ws[1], "[" ONE_OUT "]");
    assert_int_equal(fake_commands_open(&t.commands), 0);
    round_of_a("*2\r\n" ONE);
    assert_frames(&t.ws[0], "");
    assert_frames(&t.ws[1], "");
    round_of_a("*2\r\n" EMPTY);
    assert_frames(&t.ws[1], "[{\"newMessage\":null,\"total\":0}]");
    watch(2, "u");
    assert_frames(&t.ws[2], ""); /* its groups hold no message */
    round_of_a("*2\r\n" ONE);
    assert_frames(&t.ws[2], "[" ONE_OUT "]");
}

/* ---- users that come ---- */

static void
a_user_that_comes_is_asked_for_at_once(void **state)
{
    (void)state;
    watch(0, "u");
    assert_int_equal(fake_commands_open(&t.commands), 1);
    assert_command(&t.commands, 0, "SSCAN ugs:u 0 COUNT 1000");
    answer(GROUPS_AB);
    assert_command(&t.commands, 0, "EVALSHA summary 2 gml:a gml:b");
    answer("*4\r\n" ONE EMPTY);
    assert_frames(&t.ws[0], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
}

/* However many come in a moment: a hundred in a step, and a pause between steps. */
static void
users_that_come_in_a_moment_share_a_round(void **state)
{
    char user[13];

    (void)state;
    for (int i = 0; i < 150; i++) {
        snprintf(user, sizeof(user), "u%d", i);
        watch(i, user);
    }
    assert_int_equal(fake_commands_open(&t.commands), 1);
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
    assert_int_equal(fake_commands_open(&t.commands), 0);
    rest();
    assert_int_equal(fake_commands_open(&t.commands), 100);
    for (int i = 0; i < 100; i++) {
        answer(GROUP_A);
    }
    assert_command(&t.commands, 0, "EVALSHA summary 1 gml:a");
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[100], "[" ONE_OUT "]");
    assert_frames(&t.ws[101], "");
    rest();
    assert_int_equal(fake_commands_open(&t.commands), 49);
    for (int i = 0; i < 49; i++) {
        answer(GROUP_A);
    }
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[149], "[" ONE_OUT "]");
    rest();
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

/* One round may take as long as updateRate. */
static void
a_user_that_comes_does_not_wait_for_the_round_of_all(void **state)
{
    (void)state;
    welcome(0, "u", GROUPS_AB, "*4\r\n" ONE EMPTY);
    assert_frames(&t.ws[0], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
    tick();
    answer(GROUPS_AB);
    answer("*2\r\n" ONE); /* the round of all pauses, and has not asked for group b yet */
    watch(1, "v");
    answer(GROUPS_AB);
    assert_command(&t.commands, 0, "EVALSHA summary 2 gml:a gml:b");
    answer("*4\r\n" TWO EMPTY);
    assert_frames(&t.ws[1], "[" TWO_OUT ",{\"newMessage\":null,\"total\":0}]");
    assert_frames(&t.ws[0], "");
    rest();
    assert_command(&t.commands, 0, "EVALSHA summary 1 gml:b");
    answer("*2\r\n" EMPTY);
    assert_frames(&t.ws[0], "[" TWO_OUT ",{\"newMessage\":null,\"total\":0}]");
    assert_frames(&t.ws[1], "");
}

/* The longest wait for an answer, nine times: a group with a huge entry costs no more than that. */
static void
slow_answers_lengthen_the_pause(void **state)
{
    (void)state;
    watch(0, "u");
    answer(GROUP_A);
    fake_loop_advance(t.env.env.loop, 50);
    answer("*2\r\n" ONE);
    watch(1, "v");
    fake_loop_advance(t.env.env.loop, 449);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    fake_loop_advance(t.env.env.loop, 1);
    assert_int_equal(fake_commands_open(&t.commands), 1);
}

static void
a_user_that_still_waits_is_in_the_round_of_all(void **state)
{
    (void)state;
    watch(0, "u");
    answer(GROUP_A);
    fake_loop_advance(t.env.env.loop, 900);
    answer("*2\r\n" ONE);
    watch(1, "v");
    assert_int_equal(fake_commands_open(&t.commands), 0);
    fake_loop_advance(t.env.env.loop, 100);
    assert_int_equal(fake_commands_open(&t.commands), 2);
    answer(GROUP_A);
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[1], "[" ONE_OUT "]");
}

static void
a_user_whose_round_breaks_is_asked_for_again(void **state)
{
    (void)state;
    watch(0, "u");
    answer(NULL);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    rest();
    assert_command(&t.commands, 0, "SSCAN ugs:u 0 COUNT 1000");
    answer(GROUP_A);
    answer(NULL);
    t.commands.ready = false;
    watch(1, "v");
    rest();
    assert_int_equal(fake_commands_open(&t.commands), 0);
    t.commands.ready = true;
    tick();
    assert_command(&t.commands, 0, "SSCAN ugs:u 0 COUNT 1000");
    assert_command(&t.commands, 1, "SSCAN ugs:v 0 COUNT 1000");
    answer(GROUP_A);
    answer(NO_GROUP);
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
}

static void
a_client_may_leave_before_its_user_is_asked_for(void **state)
{
    (void)state;
    watch(0, "u");
    watch(1, "v");
    watch(2, "w");
    a_crowd_lose(&t, 1); /* it waits */
    a_crowd_lose(&t, 0); /* it is asked for */
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    rest();
    assert_int_equal(fake_commands_open(&t.commands), 1);
    assert_command(&t.commands, 0, "SSCAN ugs:w 0 COUNT 1000");
    a_crowd_lose(&t, 2);
    watch(2, "w");
    answer(NO_GROUP);
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 1);
}

/* The round of all has found a group of which nothing else is known yet. */
static void
a_list_with_an_unknown_group_waits_for_the_rounds_end(void **state)
{
    (void)state;
    welcome(0, "u", GROUP_A, "*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
    tick();
    answer(GROUPS_AB);
    watch(1, "u");
    assert_frames(&t.ws[1], "");
    answer("*4\r\n" TWO EMPTY);
    assert_frames(&t.ws[0], "[" TWO_OUT ",{\"newMessage\":null,\"total\":0}]");
    assert_frames(&t.ws[1], "[" TWO_OUT ",{\"newMessage\":null,\"total\":0}]");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_round_asks_for_the_users_and_then_for_their_groups),
        TEST(a_list_is_sent_when_it_has_changed),
        TEST(a_list_begins_with_the_first_message),
        TEST(a_user_whose_groups_cannot_be_read_has_no_list),
        TEST(a_client_that_comes_later_gets_the_list_without_a_question),
        TEST(a_user_that_comes_is_asked_for_at_once),
        TEST(users_that_come_in_a_moment_share_a_round),
        TEST(a_user_that_comes_does_not_wait_for_the_round_of_all),
        TEST(slow_answers_lengthen_the_pause),
        TEST(a_user_that_still_waits_is_in_the_round_of_all),
        TEST(a_user_whose_round_breaks_is_asked_for_again),
        TEST(a_client_may_leave_before_its_user_is_asked_for),
        TEST(a_list_with_an_unknown_group_waits_for_the_rounds_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
