/* test_view.c - CLUSTER NODES, as nodes of several versions write it. */
#include "lib/cluster/view.h"

#include "tests/unit/unit.h"

#include <stdio.h>

#define ID_A "07c37dfeb235213a872192d90877d0cd55635b91"
#define ID_B "67ed2db8d677e59ec4a4cefb06858cf2a1a89fa1"
#define ID_C "292f8b365bb7edb5e285caf0b7e6ddc7265d2f4f"

static const struct place asked = {"10.0.0.9", 7000};

static void
assert_node(const struct view *v, size_t i, const char *id, const char *address, int port,
            int64_t epoch)
{
    assert_string_equal(v->nodes[i].id, id);
    assert_string_equal(v->nodes[i].place.address, address);
    assert_int_equal(v->nodes[i].place.port, port);
    assert_int_equal(v->nodes[i].epoch, epoch);
}

static void
assert_range(const struct view *v, size_t node, size_t i, int first, int last)
{
    const struct view_range *range = &v->ranges[v->nodes[node].first_range + i];

    assert_true(i < v->nodes[node].ranges);
    assert_int_equal(range->first, first);
    assert_int_equal(range->last, last);
}

static void
view_has_nodes_roles_epochs_and_slots(void **state)
{
    struct view v;

    (void)state;
    assert_true(view_read(
        &v,
        str_of(
            ID_A
            " 127.0.0.1:30004@31004 slave " ID_B " 0 1426238317239 4 connected\n" /* Redis 4 on */
            ID_B
            " 127.0.0.1:30002@31002,host-2 master - 0 1426238316232 2 connected 5461-10922\n" ID_C
            " :30001@31001,,shard-id=ab,tls-port=0 myself,master - 0 0 7 connected"
            " 0-10 12 14-5460 [93->-" ID_B "] [77-<-" ID_B "]\n"),
        &asked));
    assert_int_equal(v.count, 3);
    assert_int_equal(v.myself, 2);
    assert_node(&v, 0, ID_A, "127.0.0.1", 30004, 4);
    assert_node(&v, 1, ID_B, "127.0.0.1", 30002, 2);
    assert_node(&v, 2, ID_C, "10.0.0.9", 30001, 7); /* where it was asked: it knows no address */
    assert_false(v.nodes[0].is_master);
    assert_true(v.nodes[1].is_master && v.nodes[2].is_master);
    assert_int_equal(v.nodes[0].ranges, 0);
    assert_range(&v, 1, 0, 5461, 10922);
    assert_int_equal(v.nodes[2].ranges, 3);
    assert_range(&v, 2, 0, 0, 10);
    assert_range(&v, 2, 1, 12, 12);
    assert_range(&v, 2, 2, 14, 5460);
    assert_int_equal(v.open_count, 2);
    assert_int_equal(v.open[0].slot, 93);
    assert_false(v.open[0].is_taken);
    assert_int_equal(v.open[1].slot, 77);
    assert_true(v.open[1].is_taken);
    view_fini(&v);
}

static void
view_knows_failed_nodes(void **state)
{
    static const struct {
        const char *line;
        bool is_failed;
    } rows[] = {
        {ID_A " 10.0.0.1:1@2 master - 0 0 1 connected 0", false},
        {ID_A " 10.0.0.1:1@2 master,fail? - 0 0 1 disconnected 0", false},
        {ID_A " 10.0.0.1:1@2 master,fail - 0 0 1 disconnected 0", true},
        {ID_A " :0@0 master,noaddr - 0 0 1 disconnected 0", true},
        {ID_A " 10.0.0.1:1@2 handshake - 0 0 0 disconnected", true},
        {ID_A " :1@2 master - 0 0 1 connected 0", true}, /* nobody knows where it is */
        {ID_A " 2001:db8::1:1@2 master - 0 0 1 connected 0", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct view v;
        char text[400];

        snprintf(text, sizeof(text), "%s\r\n" ID_B " 10.0.0.2:1@2 myself,master - 0 0 2 connected",
                 rows[i].line);
        assert_true(view_read(&v, str_of(text), &asked));
        assert_int_equal(v.nodes[0].is_failed, rows[i].is_failed);
        assert_int_equal(v.nodes[0].place.port, strstr(rows[i].line, " :") == NULL);
        view_fini(&v);
    }
}

static void
view_refuses_what_is_no_such_text(void **state)
{
    static const char *const texts[] = {
        "",
        "OK",
        ID_A " 10.0.0.1:1@2 master - 0 0 1 connected 0-16383\n", /* nobody answers here */
        ID_A " 10.0.0.1:1@2 myself,master - 0 0 1\n",
        ID_A " 10.0.0.1:1@2 myself,master - 0 0 x connected\n",
        ID_A " 10.0.0.1:1@2 myself,master - 0 0 -1 connected\n",
        ID_A "x 10.0.0.1:1@2 myself,master - 0 0 1 connected\n",
        ID_A " 10.0.0.1:1@2 myself,master - 0 0 1 connected 16384\n",
        ID_A " 10.0.0.1:1@2 myself,master - 0 0 1 connected 0-16384\n",
        ID_A " 10.0.0.1:1@2 myself,master - 0 0 1 connected 7-6\n",
        ID_A " 10.0.0.1:1@2 myself,master - 0 0 1 connected 1-2-3\n",
        ID_A " 10.0.0.1:1@2 myself,master - 0 0 1 connected x\n",
        ID_A " 10.0.0.1:1@2 myself,master - 0 0 1 connected [5]\n",
        ID_A " 10.0.0.1:1@2 myself,master - 0 0 1 connected [5-x]\n",
        ID_A " 10.0.0.1:1@2 myself,master - 0 0 1 connected [\n",
        ID_A " 10.0.0.1:1@2 myself,master - 0 0 1 connected\n" ID_B
             " 10.0.0.1:1@2 myself,master - 0 0 1 connected\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct view v;

        if (view_read(&v, str_of(texts[i]), &asked)) {
            fail_msg("taken: %s", texts[i]);
        }
        assert_null(v.nodes);
        assert_int_equal(v.count, 0);
    }
}

static void
view_refuses_more_nodes_and_ranges_than_a_cluster_can_have(void **state)
{
    struct text text;
    struct view v;

    (void)state;
    text_init(&text);
    text_add_str(&text, ID_A " 10.0.0.1:1@2 myself,master - 0 0 1 connected");
    for (int i = 0; i < 16385; i++) {
        text_add_str(&text, " 5");
    }
    assert_false(view_read(&v, text_str(&text), &asked));
    text_clear(&text);
    for (int i = 0; i < VIEW_NODES_MAX; i++) {
        text_add_str(&text, ID_A " 10.0.0.1:1@2 slave - 0 0 1 connected\n");
    }
    text_add_str(&text, ID_A " 10.0.0.1:1@2 myself,master - 0 0 1 connected");
    assert_false(view_read(&v, text_str(&text), &asked));
    text_fini(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(view_has_nodes_roles_epochs_and_slots),
        cmocka_unit_test(view_knows_failed_nodes),
        cmocka_unit_test(view_refuses_what_is_no_such_text),
        cmocka_unit_test(view_refuses_more_nodes_and_ranges_than_a_cluster_can_have),
    };

    return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
