/* test_nodes.c - the set of nodes: one Redis is a set of one. */
#include "push-daemon/nodes/nodes.h"

#include <stdio.h>

#include "push-daemon/nodes/node.h"
#include "tests/unit/unit.h"

/* ---- a fake of nodes/node.h ---- */

static char happened[256]; /* a word for each thing, with a blank behind it */

struct node {
    const struct node_events *events;
    bool takes, ready;
};

static struct node one;
static bool no_address;

static void
note(const char *what)
{
    size_t have = strlen(happened);

    snprintf(happened + have, sizeof(happened) - have, "%s ", what);
}

struct node *
node_create(const struct env *env, struct str node_id)
{
    (void)env;
    assert_true(str_is(node_id, "daemon"));
    one = (struct node){0};
    return no_address ? NULL : &one;
}

void
node_destroy(struct node *n)
{
    assert_ptr_equal(n, &one);
    note("destroy");
}

void
node_start(struct node *n, const struct node_events *events)
{
    n->events = events;
    note("start");
}

bool
node_takes_commands(const struct node *n)
{
    return n->takes;
}

bool
node_send(struct node *n, const struct argv *argv, reply_fn *fn, void *arg)
{
    assert_ptr_equal(argv, happened);
    assert_null(fn);
    assert_ptr_equal(arg, &no_address);
    note("send");
    return n->takes;
}

bool
node_send_script(struct node *n, const struct argv *argv, reply_fn *fn, void *arg)
{
    assert_ptr_equal(argv, happened);
    assert_null(fn);
    assert_ptr_equal(arg, &no_address);
    note("script");
    return n->takes;
}

bool
node_is_ready(const struct node *n)
{
    return n->ready;
}

bool
node_every_second(struct node *n)
{
    note("second");
    return n->takes;
}

void
node_failover_step(struct node *n)
{
    assert_ptr_equal(n, &one);
    note("step");
}

void
node_flush(struct node *n)
{
    assert_ptr_equal(n, &one);
    note("flush");
}

/* ---- the parts above ---- */

static void
retry(struct hub *hub)
{
    assert_ptr_equal(hub, &one);
    note("retry");
}

static struct nodes *set;

static int
set_up(void **state)
{
    const struct node_events events = {.hub = (struct hub *)&one, .retry = retry};

    (void)state;
    no_address = false;
    set = nodes_create(NULL, str_of("daemon"));
    assert_non_null(set);
    happened[0] = '\0';
    nodes_start(set, &events);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    nodes_destroy(set);
    nodes_destroy(NULL);
    return 0;
}

/* Has exactly this happened since the last call? */
static void
expect(const char *words)
{
    assert_string_equal(happened, words);
    happened[0] = '\0';
}

static void
without_an_address_there_is_no_set(void **state)
{
    (void)state;
    expect("start ");
    no_address = true;
    assert_null(nodes_create(NULL, str_of("daemon")));
    expect("");
}

static void
it_has_every_group_and_gets_every_command(void **state)
{
    const struct argv *argv = (const struct argv *)happened; /* passed on, and not looked at */

    (void)state;
    happened[0] = '\0';
    for (int takes = 0; takes < 2; takes++) {
        one.takes = takes != 0;
        assert_int_equal(nodes_take_commands(set), takes);
        assert_int_equal(nodes_send(set, argv, NULL, &no_address), takes);
        assert_int_equal(nodes_send_script(set, argv, NULL, &no_address), takes);
        expect("send script ");
    }
    assert_ptr_equal(nodes_of(set, str_of("g")), &one);
    assert_ptr_equal(nodes_of(set, str_make("", 0)), &one);
}

static void
rooms_ask_again_each_second_if_commands_are_taken(void **state)
{
    (void)state;
    happened[0] = '\0';
    nodes_every_second(set);
    expect("second ");
    one.takes = true;
    nodes_every_second(set);
    expect("second retry ");
}

static void
it_is_ready_as_its_node_is(void **state)
{
    (void)state;
    assert_false(nodes_are_ready(set));
    one.ready = true;
    assert_true(nodes_are_ready(set));
}

static void
at_the_end_of_a_turn_the_failover_comes_first(void **state)
{
    (void)state;
    happened[0] = '\0';
    nodes_failover_step(set);
    nodes_flush(set);
    expect("step flush ");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_an_address_there_is_no_set),
        TEST(it_has_every_group_and_gets_every_command),
        TEST(rooms_ask_again_each_second_if_commands_are_taken),
        TEST(it_is_ready_as_its_node_is),
        TEST(at_the_end_of_a_turn_the_failover_comes_first),
    };

    return cmocka_run_group_tests_name("nodes", tests, NULL, NULL);
}
