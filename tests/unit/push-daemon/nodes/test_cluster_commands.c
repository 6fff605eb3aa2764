/* test_cluster_commands.c - where commands go on a cluster, and what becomes of them. */
#include "tests/unit/push-daemon/nodes/a_cluster.h"

static void
a_command_goes_to_the_node_of_its_slot(void **state)
{
    (void)state;
    assert_false(send(5));
    begin();
    assert_true(send(5));
    assert_true(send(16383));
    a_node_answer(a_node(2), "GET", "+two\r\n");
    a_node_answer(a_node(1), "GET", "-ERR one\r\n");
    assert_told("two ERR one ");
    assert_true(send(5));
    a_node_answer(a_node(1), "GET", NULL);
    assert_told("lost ");
    a_node(1)->takes = false;
    assert_false(send(5));
    assert_true(send(SLOT_NONE)); /* any node will do */
    a_node_answer(a_node(2), "GET", "+any\r\n");
    assert_told("any ");
}

static void
moved_is_followed_and_learned(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "MOVED 5 10.0.0.1:2");
    assert_told("");
    a_node_answer(a_node(2), "GET", "+x\r\n");
    assert_told("x ");
    assert_true(send(5));
    a_node_answer(a_node(2), "GET", "+y\r\n");
    assert_true(send(6)); /* that one alone has moved */
    a_node_answer(a_node(1), "GET", "+z\r\n");
    assert_told("y z ");
}

/* It takes a moment to connect there. */
static void
moved_to_a_new_node_waits_for_it(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "MOVED 5 10.0.0.1:3");
    expect("3:start ");
    fake_loop_advance(env.loop, 100);
    a_node(3)->takes = true;
    fake_loop_advance(env.loop, 25);
    a_node_answer(a_node(3), "GET", "+x\r\n");
    assert_told("x ");
    assert_true(send(5));
    refuse(a_node(3), "MOVED 5 10.0.0.1:4");
    fake_loop_advance(env.loop, 1990);
    assert_told("");
    fake_loop_advance(env.loop, 30);
    assert_told("lost ");
}

static void
moves_without_end_are_an_error(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    for (int i = 0; i < 5; i++) {
        refuse(a_node(i % 2 == 0 ? 1 : 2),
               i % 2 == 0 ? "MOVED 5 10.0.0.1:2" : "MOVED 5 10.0.0.1:1");
        assert_told("");
    }
    refuse(a_node(2), "MOVED 5 10.0.0.1:1");
    assert_told("MOVED 5 10.0.0.1:1 ");
    assert_int_equal(metrics.redirects[0], 6);
}

static void
ask_is_followed_once(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "ASK 5 10.0.0.1:2");
    a_node_answer(a_node(2), "ASKING", "+OK\r\n");
    a_node_answer(a_node(2), "GET", "+x\r\n");
    assert_told("x ");
    assert_true(send(5)); /* the slot is where it was */
    a_node_answer(a_node(1), "GET", "+y\r\n");
    assert_told("y ");
}

static void
asks_without_end_are_an_error(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "ASK 5 10.0.0.1:2");
    for (int i = 0; i < 4; i++) {
        struct node *n = a_node(i % 2 == 0 ? 2 : 1);

        a_node_answer(n, "ASKING", "+OK\r\n");
        refuse(n, i % 2 == 0 ? "ASK 5 10.0.0.1:1" : "ASK 5 10.0.0.1:2");
        assert_told("");
    }
    a_node_answer(a_node(2), "ASKING", "+OK\r\n");
    refuse(a_node(2), "ASK 5 10.0.0.1:1");
    assert_told("ASK 5 10.0.0.1:1 ");
}

/* It has no slot yet. */
static void
ask_names_a_node_that_is_new(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "ASK 5 10.0.0.1:7");
    expect("7:start map ");
    fake_loop_advance(env.loop, 25); /* it is not connected to: the owner is asked again */
    a_node(7)->takes = true;
    refuse(a_node(1), "ASK 5 10.0.0.1:7");
    a_node_answer(a_node(7), "ASKING", "+OK\r\n");
    a_node_answer(a_node(7), "GET", "+x\r\n");
    assert_told("x ");
    for (int i = 0; i < 10; i++) { /* it stays while it is named */
        nodes_every_second(set);
        fake_loop_advance(env.loop, 4000);
        answer_map(asked(), OF_1);
        assert_true(send(5));
        while (strcmp(a_node(1)->sent[a_node(1)->first].words, "GET") != 0) {
            answer_map(a_node(1), OF_1);
        }
        refuse(a_node(1), "ASK 5 10.0.0.1:7");
    }
    assert_true(a_node(7)->is_there);
    for (int i = 0; i < 7; i++) {
        nodes_every_second(set);
        fake_loop_advance(env.loop, 1000);
    }
    assert_int_equal(a_node_count(), 2);
}

/* A group of slot 5. */
static const char *
group_of_slot_5(void)
{
    static char group[16];

    for (int i = 0; slot_of(str_of(group)) != 5; i++) {
        snprintf(group, sizeof(group), "%d", i);
    }
    return group;
}

static void
an_open_slot_is_known(void **state)
{
    static const char open[] =
        ID("1") " 10.0.0.1:1@11 myself,master - 0 0 1 connected 0-8191 [5->-" ID("2") "]\n";
    const char *group = group_of_slot_5();

    (void)state;
    begin();
    assert_false(nodes_is_open(set, str_of(group)));
    answer_map(asked(), OF_1);
    answer_map(asked(), OF_2);
    expect("");
    fake_loop_advance(env.loop, 1000);
    while (a_node(1)->first == a_node(1)->count) {
        answer_map(asked(), OF_2);
        fake_loop_advance(env.loop, 1000);
    }
    answer_map(a_node(1), open);
    expect("settle map "); /* no slot has another owner, but rooms are to be polled */
    assert_true(nodes_is_open(set, str_of(group)));
    assert_false(nodes_is_open(set, str_of("other")));
    fake_loop_advance(env.loop, 1000);
    while (a_node(1)->first == a_node(1)->count) {
        answer_map(asked(), OF_2);
        fake_loop_advance(env.loop, 1000);
    }
    answer_map(a_node(1), OF_1);
    expect("settle map ");
    assert_false(nodes_is_open(set, str_of(group)));
}

/* Before the node has said so itself. */
static void
an_ask_says_that_a_slot_is_open(void **state)
{
    const char *group = group_of_slot_5();

    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "ASK 5 10.0.0.1:2");
    expect("map ");
    assert_true(nodes_is_open(set, str_of(group)));
    assert_true(send(5));
    a_node_answer(a_node(2), "ASKING", "+OK\r\n");
    a_node_answer(a_node(2), "GET", "+x\r\n");
    refuse(a_node(1), "ASK 5 10.0.0.1:2");
    expect(""); /* that is known */
}

static void
who_asks_again_by_itself_need_not_wait(void **state)
{
    struct argv argv;

    (void)state;
    begin();
    argv_init(&argv);
    argv_add_str(&argv, "GET");
    argv.slot = 5;
    assert_true(nodes_try_script(set, &argv, on_reply, told));
    refuse(a_node(1), "TRYAGAIN Multiple keys");
    assert_told("TRYAGAIN Multiple keys ");
    assert_true(nodes_try_script(set, &argv, on_reply, told));
    refuse(a_node(1), "ASK 5 10.0.0.1:2");
    a_node_answer(a_node(2), "ASKING", "+OK\r\n");
    a_node_answer(a_node(2), "GET", "+x\r\n");
    assert_told("x ");
    argv_fini(&argv);
}

static void
tryagain_comes_again_for_two_seconds(void **state)
{
    int times = 0;

    (void)state;
    begin();
    assert_true(send(5));
    while (told[0] == '\0') {
        if (a_node(1)->first < a_node(1)->count) {
            if (strcmp(a_node(1)->sent[a_node(1)->first].words, "GET") == 0) {
                refuse(a_node(1), "TRYAGAIN Multiple keys request during rehashing of slot");
                times++;
            } else {
                answer_map(a_node(1), OF_1);
            }
        }
        fake_loop_advance(env.loop, 25);
    }
    assert_in_range(times, 60, 81);
    assert_int_equal(metrics.redirects[2], times);
    assert_told("lost ");
}

static void
clusterdown_is_the_answer(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    refuse(a_node(1), "CLUSTERDOWN The cluster is down");
    assert_told("CLUSTERDOWN The cluster is down ");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_command_goes_to_the_node_of_its_slot),
        TEST(moved_is_followed_and_learned),
        TEST(moved_to_a_new_node_waits_for_it),
        TEST(moves_without_end_are_an_error),
        TEST(ask_is_followed_once),
        TEST(asks_without_end_are_an_error),
        TEST(ask_names_a_node_that_is_new),
        TEST(an_open_slot_is_known),
        TEST(an_ask_says_that_a_slot_is_open),
        TEST(who_asks_again_by_itself_need_not_wait),
        TEST(tryagain_comes_again_for_two_seconds),
        TEST(clusterdown_is_the_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
