/* test_topology.c - who owns a slot, whatever the order in which nodes say so. */
#include "lib/cluster/topology.h"

#include "lib/cluster/slot.h"
#include "tests/unit/unit.h"

#include <stdio.h>

/* Nodes a to d listen at 10.0.0.1 to 10.0.0.4. A node is a letter, its slots and its epoch; a `!`
 * behind the letter: it is marked as failed, a `-`: it is a replica. The first one answers. */
enum {
    MANY = 6
};

static struct topology *t;

static int
set_up(void **state)
{
    (void)state;
    t = topology_create();
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    topology_destroy(t);
    return 0;
}

static struct place
place_of(char node)
{
    struct place place = {.port = 7000};

    snprintf(place.address, sizeof(place.address), "10.0.0.%d", node - 'a' + 1);
    return place;
}

static void
add_line(struct text *out, const char *node, bool is_myself)
{
    char line[256], id, flag = '\0', slots[100] = "";
    int epoch = 0;

    id = *node++;
    if (*node == '!' || *node == '-') {
        flag = *node++;
    }
    assert_int_equal(sscanf(node, "@%d %99[^|]", &epoch, slots) >= 1, 1);
    snprintf(line, sizeof(line), "%c%039d 10.0.0.%d:7000@17000 %s%s%s - 0 0 %d connected %s\n", id,
             0, id - 'a' + 1, is_myself ? "myself," : "", flag == '-' ? "slave" : "master",
             flag == '!' ? ",fail" : "", epoch, slots);
    text_add_str(out, line);
}

/* nodes: as "a@1 0-99|b@2 100", told by the first one. */
static enum topology_news
tell(const char *nodes, int64_t now_ms)
{
    struct place asked = place_of(*nodes);
    enum topology_news news;
    bool is_first = true;
    struct text text;

    text_init(&text);
    for (const char *node = nodes; node != NULL;) {
        add_line(&text, node, is_first);
        is_first = false;
        node = strchr(node, '|');
        node = node != NULL ? node + 1 : NULL;
    }
    news = topology_take(t, text_str(&text), &asked, now_ms);
    text_fini(&text);
    return news;
}

/* node: a letter, or `.` for nobody. */
static void
assert_owner(int slot, char node)
{
    const struct place *owner = topology_owner(t, slot);
    struct place wanted = place_of(node);

    if (node == '.') {
        assert_null(owner);
    } else {
        assert_non_null(owner);
        assert_string_equal(owner->address, wanted.address);
    }
}

static void
nothing_is_known_at_first(void **state)
{
    (void)state;
    assert_false(topology_is_known(t));
    assert_owner(0, '.');
    assert_int_equal(topology_unserved(t), SLOT_COUNT);
    assert_int_equal(topology_owners(t), 0);
    assert_int_equal(topology_take(t, str_of("-ERR"), &(struct place){"x", 1}, 1),
                     TOPOLOGY_NONSENSE);
    assert_false(topology_is_known(t));
}

static void
one_answer_tells_of_all_nodes(void **state)
{
    (void)state;
    assert_int_equal(tell("a@1 0-99|b@2 100-16382|c-@1", 5), TOPOLOGY_CHANGED);
    assert_true(topology_is_known(t));
    assert_int_equal(topology_taken_ms(t), 5);
    assert_owner(0, 'a');
    assert_owner(100, 'b');
    assert_owner(16383, '.');
    assert_int_equal(topology_unserved(t), 1);
    assert_int_equal(topology_owners(t), 2);
    assert_int_equal(topology_slots_of(t, 0) + topology_slots_of(t, 1), SLOT_COUNT - 1);
    assert_true(topology_is_master(t, &(struct place){"10.0.0.1", 7000}));
    assert_false(topology_is_master(t, &(struct place){"10.0.0.2", 7000})); /* was not asked */
    assert_int_equal(tell("a@1 0-99|b@2 100-16382|c-@1", 6), TOPOLOGY_SAME);
    assert_int_equal(tell("a-@1|b@2 100-16382|c@3 0-99", 7), TOPOLOGY_CHANGED);
    assert_false(topology_is_master(t, &(struct place){"10.0.0.1", 7000}));
}

/* Calls the answers in every order, and each time has the same result. */
struct order_case {
    const char *answers[4];
    char owner_of_0;
    const char *why;
};

static void
in_every_order(const struct order_case *row, int count, unsigned taken, int64_t now_ms, char *path)
{
    for (int i = 0; i < count; i++) {
        if ((taken & (1u << i)) == 0) {
            path[now_ms] = (char)('0' + i);
            in_every_order(row, count, taken | (1u << i), now_ms + 1, path);
        }
    }
    if (taken != (1u << count) - 1) {
        return;
    }
    topology_destroy(t);
    t = topology_create();
    for (int i = 0; i < count; i++) {
        assert_int_not_equal(tell(row->answers[path[i] - '0'], i), TOPOLOGY_NONSENSE);
    }
    if ((topology_owner(t, 0) == NULL) != (row->owner_of_0 == '.')) {
        fail_msg("%s, in the order %.*s", row->why, count, path);
    }
    assert_owner(0, row->owner_of_0);
}

static void
owner_is_the_same_in_every_order_of_answers(void **state)
{
    static const struct order_case rows[] = {
        {{"a@1 0|b@2 1", "b@2 1|a@1 0"}, 'a', "all agree"},
        {{"a@1 0|b@2", "b@3 0|a@1", "c@9|a@1 0|b@2"}, 'b', "moved to b; a and c have not heard"},
        {{"a@1 0|b@2", "c@9 5|a@8 0|b@3"}, 'a', "a has it, says a"},
        {{"a@5 0|b@2", "b@3 0|a@5 0", "c@1|b@3 0"}, 'a', "of two that claim it the higher epoch"},
        {{"c@1 5|a@2 0|b@1", "d@1 6|b@3 0|a@2"}, 'b', "neither was asked: the higher epoch"},
        {{"c@1 5|a@9 0|b@1", "b@3 0|a@2", "d@1 6|a@9 0|b@3"},
         'b',
         "b says so itself: not the others"},
        {{"c@1 5|a@2|b@1", "d@1 6|a@2"}, '.', "nobody claims it"},
        {{"a-@1|b@4 0", "b@4 0|a-@1", "c@2 5|b@4 0"}, 'b', "a has become a replica"},
        {{"a@4 0|b@4", "b@4 0|a@4"}, 'a', "the same epoch: the lower id"},
        {{"c@1 5|a!@2 0|b@1", "d@1 6|a!@2 0"}, '.', "a failed node owns nothing"},
    };
    char path[MANY];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int count = 0;

        while (count < 4 && rows[i].answers[count] != NULL) {
            count++;
        }
        in_every_order(&rows[i], count, 0, 0, path);
    }
}

static void
node_that_fails_after_its_answer_owns_nothing(void **state)
{
    (void)state;
    (void)tell("a@1 0|b@2 1", 0);
    assert_owner(0, 'a');
    assert_int_equal(tell("b@2 1|a!@1 0", 1), TOPOLOGY_CHANGED);
    assert_owner(0, '.');
    assert_int_equal(tell("a@1 0|b@2 1", 2), TOPOLOGY_CHANGED); /* it is back */
    assert_owner(0, 'a');
}

static void
node_that_becomes_a_replica_after_its_answer_owns_nothing(void **state)
{
    (void)state;
    (void)tell("a@1 0|b@2 1", 0);
    (void)tell("b@2 1|a-@3|c@3 0", 1); /* a replica has the epoch of its master */
    assert_owner(0, 'c');
    (void)tell("a@4 0|b@2 1", 2);
    (void)tell("b@2 1|a-@3|c@3 0", 3); /* b has not heard that a is a master again */
    assert_owner(0, 'a');
}

static void
answer_counts_for_ten_seconds_beside_newer_ones(void **state)
{
    (void)state;
    (void)tell("a@9 0|b@2 1", 0);
    (void)tell("b@2 1|c@3 0", 10000);
    assert_owner(0, 'a');
    (void)tell("b@2 1|c@3 0", 10001);
    assert_owner(0, 'c');
}

static void
newer_answer_of_a_node_or_of_its_place_replaces_the_older_one(void **state)
{
    (void)state;
    (void)tell("a@9 0|b@2 1", 0);
    (void)tell("a@9 2|b@2 1", 1);
    assert_owner(0, '.');
    (void)topology_take(t, str_of("e000 10.0.0.1:7000@17000 myself,master - 0 0 1 connected 7\n"),
                        &(struct place){"10.0.0.1", 7000}, 2);
    assert_owner(2, '.');
    assert_owner(7, 'a');
}

static void
moved_counts_at_once_and_until_a_later_answer_claims_the_slot(void **state)
{
    struct place c = place_of('c');

    (void)state;
    (void)tell("a@1 0-1|b@2 5|c@3 6", 0);
    assert_true(topology_move(t, 0, &c, 1));
    assert_false(topology_move(t, 0, &c, 2));
    assert_owner(0, 'c');
    assert_owner(1, 'a');
    assert_int_equal(tell("b@2 5|a@1 0-1|c@3 6", 3), TOPOLOGY_SAME); /* b has not heard */
    assert_owner(0, 'c');
    (void)tell("c@4 0 6|a@1 1|b@2 5", 4);
    assert_owner(0, 'c');
    (void)tell("a@5 0-1|b@2 5|c@4 6", 5); /* it went back */
    assert_owner(0, 'a');
}

static void
moved_to_a_node_that_fails_is_forgotten(void **state)
{
    struct place a = place_of('a');

    (void)state;
    (void)tell("b@2 1|a@1 0", 0);
    (void)topology_move(t, 0, &a, 1);
    (void)tell("b@2 1|a!@1|c@3 0", 2); /* c has its slots, and was not asked */
    assert_owner(0, 'c');
}

static void
moved_that_nobody_confirms_is_forgotten(void **state)
{
    struct place c = place_of('c');

    (void)state;
    (void)tell("a@1 0|b@2 5", 0);
    (void)topology_move(t, 0, &c, 1);
    (void)tell("b@2 5|a@1 0", 10001);
    assert_owner(0, 'c');
    (void)tell("b@2 5|a@1 0", 10002);
    assert_owner(0, 'a');
}

static void
moved_without_any_answer_is_enough_for_its_slot(void **state)
{
    struct place a = place_of('a');

    (void)state;
    assert_true(topology_move(t, 7, &a, 1));
    assert_false(topology_is_known(t));
    assert_owner(7, 'a');
    assert_owner(8, '.');
}

/* A node that lies can name a new place each time. */
static void
moved_loops_take_no_memory(void **state)
{
    struct place place = place_of('a');

    (void)state;
    (void)tell("a@1 0-16383", 0);
    for (int i = 0; i < 100000; i++) {
        place.port = 1 + i % 65535;
        (void)topology_move(t, i % 3000, &place, 1);
    }
    assert_true(topology_owners(t) <= 3002);
    assert_int_equal(topology_unserved(t), 0);
    (void)tell("a@1 0-16383", 2);
    assert_int_equal(topology_owners(t), 1);
}

/* Slot 5 moves from a to b. Answers as for tell(), `!5` is an ASK of a for it, and `>b` MOVED to b.
 */
static const struct opening {
    const char *what;
    const char *events[4];
    const char *open; /* after each of them: y or n */
} openings[] = {
    {"its owner gives it away", {"a@1 0-9 [5->-b]|b@2 10", "a@1 0-9|b@2 10"}, "yn"},
    {"another node takes it",
     {"a@1 0-9|b@2 10", "b@2 10 [5-<-a]|a@1 0-9", "b@2 10|a@1 0-9"},
     "nyn"},
    {"both say so", {"a@1 0-9 [5->-b]|b@2 10", "b@2 10 [5-<-a]|a@1 0-9", "a@1 0-9|b@2 10"}, "yyy"},
    {"it was taken: what the former owner said is old",
     {"a@1 0-9 [5->-b]|b@2 10", "b@3 5 10|a@1 0-4 6-9"},
     "yn"},
    {"... what the new owner said is old",
     {"b@2 10 [5-<-a]|a@1 0-9", "a@1 0-4 6-9|b@2 5 10"},
     "yn"},
    {"it was taken, by a MOVED", {"a@1 0-9 [5->-b]|b@2 10", ">b"}, "yn"},
    {"it moves on at once", {"a@1 0-9 [5->-b]|b@2 10", "b@3 5 10 [5->-c]|a@1 0-4 6-9"}, "yy"},
    {"nobody serves it", {"b@2 10 [5-<-a]", "a!@1 0-9|b@2 10"}, "nn"},
    {"an ASK counts until the next answer of that node",
     {"a@1 0-9|b@2 10", "!5", "b@2 10|a@1 0-9", "a@1 0-9|b@2 10"},
     "nyyn"},
    {"an ASK of a node that has answered nothing", {"!5", "b@2 10|a@1 0-9", "!5"}, "nnn"},
    {"an ASK of a node that is not the owner", {"a@1 0-4|b@2 5-10", "!5"}, "nn"},
    {"it is forgotten with the answer", {"a@1 0-9 [5->-b]", "+b@2 10|a@1 0-9"}, "yn"},
};

static void
happen(const char *event)
{
    struct place a = place_of('a'), b = place_of('b');

    if (*event == '!') {
        bool is_news = topology_ask(t, 5, &a);

        assert_int_equal(is_news, topology_is_open(t, 5));
        assert_false(topology_ask(t, 5, &a)); /* it is no news any more */
    } else if (*event == '>') {
        assert_true(topology_move(t, 5, &b, 0));
    } else {
        bool was_open = topology_is_open(t, 5), has_moved;
        const struct place *owner = topology_owner(t, 5);
        struct place before = owner != NULL ? *owner : (struct place){.port = 0};
        enum topology_news news = *event == '+' ? tell(event + 1, 10001) : tell(event, 0);

        owner = topology_owner(t, 5);
        has_moved = owner != NULL && !place_is_same(owner, &before);
        if (was_open != topology_is_open(t, 5) || has_moved) {
            assert_int_equal(news, TOPOLOGY_CHANGED);
        }
    }
}

static void
slot_is_open_while_its_owner_or_its_next_owner_says_so(void **state)
{
    for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
        const struct opening *o = &openings[i];

        for (size_t k = 0; o->open[k] != '\0'; k++) {
            happen(o->events[k]);
            if (topology_is_open(t, 5) != (o->open[k] == 'y')) {
                fail_msg("%s: \"%s\"", o->what, o->events[k]);
            }
            assert_int_equal(topology_open(t), o->open[k] == 'y');
            assert_false(topology_is_open(t, 6));
        }
        tear_down(state);
        set_up(state);
    }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_known_at_first),
        TEST(one_answer_tells_of_all_nodes),
        TEST(owner_is_the_same_in_every_order_of_answers),
        TEST(node_that_fails_after_its_answer_owns_nothing),
        TEST(node_that_becomes_a_replica_after_its_answer_owns_nothing),
        TEST(answer_counts_for_ten_seconds_beside_newer_ones),
        TEST(newer_answer_of_a_node_or_of_its_place_replaces_the_older_one),
        TEST(moved_counts_at_once_and_until_a_later_answer_claims_the_slot),
        TEST(moved_to_a_node_that_fails_is_forgotten),
        TEST(moved_that_nobody_confirms_is_forgotten),
        TEST(moved_without_any_answer_is_enough_for_its_slot),
        TEST(moved_loops_take_no_memory),
        TEST(slot_is_open_while_its_owner_or_its_next_owner_says_so),
    };

    return cmocka_run_group_tests_name("topology", tests, NULL, NULL);
}
