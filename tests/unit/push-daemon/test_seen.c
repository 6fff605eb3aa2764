/* test_seen.c - which messages were seen lately. */
#include "push-daemon/seen.h"

#include "tests/unit/unit.h"

static void
seen_remembers_the_newest(void **state)
{
    struct seen s = {0};

    (void)state;
    assert_false(seen_has(&s, 0)); /* nothing was added: not even zero */
    for (uint64_t i = 0; i < 1000; i++) {
        seen_add(&s, i);
        assert_true(seen_has(&s, i));
    }
    assert_false(seen_has(&s, 1000 - SEEN_SIZE - 1));
    assert_true(seen_has(&s, 1000 - SEEN_SIZE));
}

static void
expected_is_taken_as_often_as_it_was_added(void **state)
{
    struct expected e = {0};

    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        expected_add(&e, i % 50);
    }
    for (uint64_t i = 0; i < 50; i++) {
        assert_true(expected_take(&e, i));
        assert_true(expected_take(&e, i));
        assert_false(expected_take(&e, i));
    }
    assert_int_equal(e.count, 0);
    assert_null(e.hashes);
    expected_add(&e, 1);
    expected_clear(&e);
    assert_false(expected_take(&e, 1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seen_remembers_the_newest),
        cmocka_unit_test(expected_is_taken_as_often_as_it_was_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
