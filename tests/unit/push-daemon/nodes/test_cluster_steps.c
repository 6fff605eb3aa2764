/* test_cluster_steps.c - commands on a cluster that need keys of several slots. */
#include "tests/unit/push-daemon/nodes/a_cluster.h"

static void
add_step(struct argv *argv, enum argv_when when, const char *word, int slot)
{
    struct argv *step = argv_add_step(argv, when);

    argv_add_str(step, word);
    step->slot = slot;
}

/* Two steps before it, two behind it: in slots of either node. */
static bool
send_steps(void)
{
    struct argv argv;
    bool sent;

    argv_init(&argv);
    argv_add_str(&argv, "EVALSHA");
    argv.slot = 5;
    add_step(&argv, ARGV_AFTER_CHANGE, "NOTE", 9000);
    add_step(&argv, ARGV_BEFORE, "FIRST", 9000);
    add_step(&argv, ARGV_BEFORE, "SECOND", 6);
    add_step(&argv, ARGV_AFTER_ANY, "TELL", 6);
    sent = nodes_send_script(set, &argv, on_reply, told);
    argv_fini(&argv);
    return sent;
}

static void
steps_come_one_after_the_other(void **state)
{
    (void)state;
    begin();
    assert_true(send_steps());
    assert_int_equal(a_node(1)->count, 0);
    a_node_answer(a_node(2), "FIRST", ":1\r\n");
    a_node_answer(a_node(1), "SECOND", ":1\r\n");
    assert_told("");
    a_node_answer(a_node(1), "EVALSHA", "+done\r\n"); /* nothing has changed */
    assert_told("done ");
    a_node_answer(a_node(1), "TELL", "-ERR that is logged\r\n");
    assert_int_equal(a_node(2)->count, 1);
    assert_true(send_steps());
    a_node_answer(a_node(2), "FIRST", ":1\r\n");
    a_node_answer(a_node(1), "SECOND", ":1\r\n");
    a_node_answer(a_node(1), "EVALSHA", ":1\r\n");
    a_node_answer(a_node(2), "NOTE", ":1\r\n");
    assert_told(" ");
}

static void
a_step_that_refuses_or_fails_is_the_answer(void **state)
{
    static const char *const answers[] = {"*2\r\n:-5\r\n$6\r\nbanned\r\n", ":-1\r\n", NULL};

    (void)state;
    begin();
    for (size_t i = 0; i < 3; i++) {
        assert_true(send_steps());
        a_node_answer(a_node(2), "FIRST", answers[i]);
        assert_string_equal(told, i < 2 ? " " : "lost ");
        told[0] = '\0';
    }
    assert_int_equal(a_node(1)->count, 0);
    assert_true(send_steps());
    a_node_answer(a_node(2), "FIRST", ":1\r\n");
    a_node_answer(a_node(1), "SECOND", ":1\r\n");
    a_node_answer(a_node(1), "EVALSHA", ":-3\r\n"); /* refused: nothing comes behind it */
    assert_int_equal(a_node(1)->first, a_node(1)->count);
    assert_told(" ");
    a_node(2)->takes = false;
    assert_false(send_steps());
    a_node(2)->takes = true;
    assert_true(send_steps());
    a_node(1)->takes = false;
    a_node_answer(a_node(2), "FIRST", ":1\r\n"); /* the next one cannot be sent */
    assert_told("lost ");
}

/* Nobody waits for it: so the log says what it was, whose, where and why. */
static void
a_step_behind_that_is_lost_is_in_the_log(void **state)
{
    static const struct {
        const char *answer, *line;
    } cases[] = {
        {":1\r\n", ""},
        {NULL, "error redis-lost step=\"SPUBLISH\" key=\"fim:ev:\" node=10.0.0.1:2 "
               "reason=\"no answer\" answer=\"\"\n"},
        {"-READONLY it is no master\r\n",
         "error redis-lost step=\"SPUBLISH\" key=\"fim:ev:\" node=10.0.0.1:2 "
         "reason=\"refused\" answer=\"READONLY it is no master\"\n"},
    };
    struct argv argv, *step;
    struct capture log;

    (void)state;
    begin();
    argv_init(&argv);
    argv_add_str(&argv, "EVALSHA");
    argv.slot = 5;
    step = argv_add_step(&argv, ARGV_AFTER_ANY);
    argv_add_str(step, "SPUBLISH");
    argv_add_str(step, "fim:ev:");
    step->slot = 9000;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(nodes_send_script(set, &argv, on_reply, told));
        a_node_answer(a_node(1), "EVALSHA", "+done\r\n");
        assert_told("done ");
        log = capture_begin();
        a_node_answer(a_node(2), "SPUBLISH fim:ev:", cases[i].answer);
        assert_string_equal(capture_end(log), cases[i].line);
    }
    assert_true(nodes_send_script(set, &argv, on_reply, told));
    a_node(2)->takes = false;
    log = capture_begin();
    a_node_answer(a_node(1), "EVALSHA", "+done\r\n");
    assert_string_equal(capture_end(log),
                        "error redis-lost step=\"SPUBLISH\" key=\"fim:ev:\" node=10.0.0.1:2 "
                        "reason=\"it takes no commands\" answer=\"\"\n");
    assert_told("done ");
    argv_fini(&argv);
}

/* A master that was elected just now. */
static void
commands_wait_for_a_node_that_is_new(void **state)
{
    (void)state;
    begin();
    a_node(2)->takes = false;
    assert_false(send(9000));
    a_node(2)->is_new = true;
    assert_true(send(9000));
    fake_loop_advance(env.loop, 25);
    assert_int_equal(a_node(2)->count, 0);
    a_node(2)->takes = true;
    a_node(2)->is_new = false;
    fake_loop_advance(env.loop, 25);
    assert_int_equal(a_node(2)->count, 1);
    a_node_answer(a_node(2), "GET", "+done\r\n");
    assert_told("done ");
    a_node(2)->takes = false; /* it was not there within two seconds */
    a_node(2)->is_new = true;
    assert_true(send(9000));
    fake_loop_advance(env.loop, 2000);
    assert_told("lost ");
}

/* As of a check that one node makes for all: what it refuses counts, and nothing else. */
static void
a_step_may_be_passed_over_if_its_node_is_away(void **state)
{
    static const char *const answers[] = {":1\r\n", NULL, "-CLUSTERDOWN The cluster is down\r\n"};
    struct argv argv;

    (void)state;
    begin();
    argv_init(&argv);
    argv_add_str(&argv, "EVALSHA");
    argv.slot = 5;
    add_step(&argv, ARGV_BEFORE_IF_UP, "LOOK", 9000);
    for (size_t i = 0; i < 3; i++) {
        assert_true(nodes_send_script(set, &argv, on_reply, told));
        a_node_answer(a_node(2), "LOOK", answers[i]);
        a_node_answer(a_node(1), "EVALSHA", "+done\r\n");
        assert_told("done ");
    }
    assert_true(nodes_send_script(set, &argv, on_reply, told));
    a_node_answer(a_node(2), "LOOK", "*2\r\n:-5\r\n$6\r\nbanned\r\n");
    assert_told(" ");
    a_node(2)->takes = false;
    assert_true(nodes_send_script(set, &argv, on_reply, told));
    a_node_answer(a_node(1), "EVALSHA", "+done\r\n");
    assert_told("done ");
    argv_fini(&argv);
}

/* Nobody is told, and nothing leaks. */
static void
it_may_end_with_commands_under_way(void **state)
{
    (void)state;
    begin();
    assert_true(send(5));
    assert_true(send(5));
    assert_true(send_steps());
    refuse(a_node(1), "TRYAGAIN");
    fake_loop_advance(env.loop, 1000); /* the map is asked for as well */
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(steps_come_one_after_the_other),
        TEST(a_step_that_refuses_or_fails_is_the_answer),
        TEST(a_step_behind_that_is_lost_is_in_the_log),
        TEST(commands_wait_for_a_node_that_is_new),
        TEST(a_step_may_be_passed_over_if_its_node_is_away),
        TEST(it_may_end_with_commands_under_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
