/* test_json.c - the frame that a group-list client gets. */
#include "push-daemon/grouplist/json.h"

#include "tests/unit/unit.h"

static void
grouplist_has_the_form_of_the_contract(void **state)
{
    const struct grouplist_entry entries[] = {
        {BYTES("1"), BYTES("{\"ts\":5}"), 5, 17, 0},
        {BYTES("2"), BYTES(""), 0, 0, 0},
    };
    struct text json;

    (void)state;
    text_init(&json);
    grouplist_add(&json, entries, 0);
    assert_bytes(text_str(&json), BYTES("[]"));
    text_clear(&json);
    grouplist_add(&json, entries, 2);
    assert_bytes(text_str(&json), BYTES("[{\"newMessage\":{\"ts\":5},\"total\":17},"
                                        "{\"newMessage\":null,\"total\":0}]"));
    text_fini(&json);
}

static void
grouplist_sorts_newest_first_then_by_id_and_the_empty_last(void **state)
{
    struct grouplist_entry entries[] = {
        {BYTES("empty-b"), BYTES(""), 0, 3, 0}, {BYTES("old"), BYTES("m"), 1, 1, 0},
        {BYTES("tie-b"), BYTES("m"), 9, 1, 0},  {BYTES("empty-a"), BYTES(""), 0, 0, 0},
        {BYTES("tie"), BYTES("m"), 9, 1, 0},    {BYTES("zero"), BYTES("m"), 0, 1, 0},
        {BYTES("new"), BYTES("m"), 10, 1, 0},
    };
    static const char *const wanted[] = {"new",  "tie",     "tie-b",  "old",
                                         "zero", "empty-a", "empty-b"};

    (void)state;
    grouplist_sort(entries, 7);
    for (int i = 0; i < 7; i++) {
        assert_bytes(entries[i].group, str_of(wanted[i]));
    }
    grouplist_sort(NULL, 0);
}

static void
grouplist_holds_the_first_1000_groups_and_4_mib(void **state)
{
    static struct grouplist_entry entries[1500];
    static char large[64 << 10];
    struct text json;

    (void)state;
    for (int i = 0; i < 1500; i++) {
        entries[i] = (struct grouplist_entry){BYTES("g"), BYTES(""), 0, i, 0};
    }
    text_init(&json);
    grouplist_add(&json, entries, 1500);
    assert_non_null(strstr(json.bytes, "\"total\":999}]"));
    memset(large, 'x', sizeof(large));
    for (int i = 0; i < 1500; i++) {
        entries[i].message = str_make(large, sizeof(large));
    }
    text_clear(&json);
    grouplist_add(&json, entries, 1500);
    assert_in_range(json.len, (4 << 20) - sizeof(large) - 100, 4 << 20);
    assert_non_null(strstr(json.bytes, "\"total\":62}]"));
    text_fini(&json);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grouplist_has_the_form_of_the_contract),
        cmocka_unit_test(grouplist_holds_the_first_1000_groups_and_4_mib),
        cmocka_unit_test(grouplist_sorts_newest_first_then_by_id_and_the_empty_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
