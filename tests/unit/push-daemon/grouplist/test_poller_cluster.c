/* test_poller_cluster.c - group lists on a cluster: each group is asked for where it is, and a node
 * that is away holds up nobody but who has something there. */
#include "tests/unit/push-daemon/grouplist/a_poller.h"

#define NOTHING "*2\r\n" EMPTY
#define MESSAGE "*2\r\n" ONE
#define NEXT    "*2\r\n" TWO
#define SHOWN(group, n)                                                                            \
    "{\"newMessage\":{\"groupId\":\"" group "\",\"userId\":\"u\",\"info\":\"m\",\"ts\":" n "},"    \
    "\"total\":" n "}"

static int
setup_cluster(void **state)
{
    (void)state;
    a_crowd_make(&t);
    a_config_set(&t.env.config, "redis.cluster", "10.0.0.1:1");
    poller = poller_create(&t.env.env, &t.commands, t.sessions, t.auth);
    return 0;
}

static void
each_group_is_asked_for_by_itself(void **state)
{
    (void)state;
    watch(0, "u");
    assert_command(&t.commands, 0, "SSCAN ugs:{u} 0 COUNT 1000");
    answer(GROUPS_AB);
    assert_int_equal(fake_commands_open(&t.commands), 2);
    assert_command(&t.commands, 0, "EVALSHA summary 1 gml:{a}");
    assert_command(&t.commands, 1, "EVALSHA summary 1 gml:{b}");
    fake_commands_answer_newest(&t.commands, MESSAGE); /* in any order */
    assert_frames(&t.ws[0], "");
    answer(NOTHING);
    assert_frames(&t.ws[0], "[" SHOWN("b", "1") ",{\"newMessage\":null,\"total\":0}]");
}

/* Who is in such a group has the rest of the list. */
static void
a_group_whose_node_is_away_stays_as_it_was(void **state)
{
    static const char *const answers[] = {NULL, "-CLUSTERDOWN The cluster is down\r\n"};

    for (size_t i = 0; i < 2; i++) {
        watch(0, "u");
        answer(GROUPS_AB);
        answer(MESSAGE);
        answer(MESSAGE);
        assert_frames(&t.ws[0], "[" SHOWN("a", "1") "," SHOWN("b", "1") "]");
        tick();
        answer(GROUPS_AB);
        answer(NEXT);
        answer(answers[i]);
        assert_frames(&t.ws[0], "[" SHOWN("a", "2") "," SHOWN("b", "1") "]");
        assert_int_equal(fake_commands_open(&t.commands), 0);
        teardown(state);
        setup_cluster(state);
    }
}

static void
a_list_begins_when_all_of_it_is_known(void **state)
{
    (void)state;
    watch(0, "u");
    answer(GROUPS_AB);
    answer(MESSAGE);
    answer(NULL);
    assert_frames(&t.ws[0], "");
    watch(1, "v"); /* another one, who has nothing there, is told */
    fake_loop_advance(t.env.env.loop, 10);
    answer(GROUP_A);
    answer(MESSAGE);
    assert_frames(&t.ws[1], "[" SHOWN("a", "1") "]");
    tick();
    answer(GROUPS_AB);
    answer(GROUP_A);
    answer(MESSAGE);
    answer(MESSAGE);
    assert_frames(&t.ws[0], "[" SHOWN("a", "1") "," SHOWN("b", "1") "]");
}

static void
a_user_whose_node_is_away_is_asked_for_with_all_others(void **state)
{
    (void)state;
    watch(0, "u");
    answer(NULL);
    assert_frames(&t.ws[0], "");
    fake_loop_advance(t.env.env.loop, 100);
    assert_int_equal(fake_commands_open(&t.commands), 0); /* not again and again */
    watch(1, "v");
    answer(GROUP_A);
    answer(MESSAGE);
    assert_frames(&t.ws[1], "[" SHOWN("a", "1") "]");
    tick();
    answer(GROUP_A);
    answer(NULL); /* v keeps its list, and hears what is new there */
    answer(NEXT);
    assert_frames(&t.ws[0], "[" SHOWN("a", "2") "]");
    assert_frames(&t.ws[1], "[" SHOWN("a", "2") "]");
}

/* As if no node were there: nothing is sent, and the round ends. */
static void
what_cannot_be_asked_is_passed_over(void **state)
{
    (void)state;
    watch(0, "u");
    t.commands.full = true;
    answer(GROUPS_AB);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    assert_frames(&t.ws[0], "");
    t.commands.full = false;
    tick();
    answer(GROUPS_AB);
    answer(MESSAGE);
    answer(MESSAGE);
    assert_frames(&t.ws[0], "[" SHOWN("a", "1") "," SHOWN("b", "1") "]");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_cluster, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_group_is_asked_for_by_itself),
        TEST(a_group_whose_node_is_away_stays_as_it_was),
        TEST(a_list_begins_when_all_of_it_is_known),
        TEST(a_user_whose_node_is_away_is_asked_for_with_all_others),
        TEST(what_cannot_be_asked_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
