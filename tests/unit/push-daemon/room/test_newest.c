/* test_newest.c - messages of a list, from the newest to the oldest, and back. */
#include "push-daemon/room/newest.h"

#include <stdio.h>

#include "tests/unit/unit.h"

static void
messages_are_written_oldest_first(void **state)
{
    struct newest newest = {.count = 0};
    struct text out;
    int64_t ts = 0;
    char entry[80];

    (void)state;
    text_init(&out);
    newest_write(&newest, &out);
    assert_int_equal(out.len, 0);
    assert_false(newest_take(&newest, str_of("g"), str_of("[]"), &ts));
    for (int i = 9; i > 0; i--) {
        snprintf(entry, sizeof(entry), "{\"userId\":1,\"info\":\"%d\",\"ts\":%d}", i, i);
        assert_true(newest_take(&newest, str_of("g"), str_of(entry), &ts));
        assert_int_equal(ts, i);
        if (i > 2) {
            newest_drop_last(&newest);
        }
    }
    assert_int_equal(newest.count, 2);
    newest_write(&newest, &out);
    assert_bytes(text_str(&out),
                 BYTES("{\"groupId\":\"g\",\"userId\":\"1\",\"info\":\"1\",\"ts\":1},"
                       "{\"groupId\":\"g\",\"userId\":\"1\",\"info\":\"2\",\"ts\":2}"));
    newest_fini(&newest);
    assert_int_equal(newest.count, 0);
    text_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_written_oldest_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
