/* test_seen.c - which messages were seen lately. */
#include "push-daemon/seen.h"

#include "tests/unit/unit.h"

static void
seen_remembers_the_newest(void **state)
{
    struct seen s = {0};

    (void)state;
    assert_false(seen_has(&s, 0)); /* nothing was added: not even zero */
    assert_int_equal(seen_held(&s), 0);
    for (uint64_t i = 0; i < 3 * SEEN_MAX; i++) {
        seen_add(&s, i);
        assert_true(seen_has(&s, i));
        assert_int_equal(seen_held(&s), i < SEEN_MAX ? i + 1 : SEEN_MAX);
        assert_int_equal(seen_at(&s, 0), i < SEEN_MAX ? 0 : i - SEEN_MAX + 1);
        assert_int_equal(seen_at(&s, seen_held(&s) - 1), i);
    }
    assert_false(seen_has(&s, 2 * SEEN_MAX - 1));
    assert_true(seen_has(&s, 2 * SEEN_MAX));
    assert_true(seen_between(&s, 2 * SEEN_MAX, 0, 2 * SEEN_MAX + 1));
    assert_true(seen_between(&s, 2 * SEEN_MAX, 2 * SEEN_MAX, 2 * SEEN_MAX + 1));
    assert_false(seen_between(&s, 2 * SEEN_MAX, 0, 2 * SEEN_MAX));
    assert_false(seen_between(&s, 2 * SEEN_MAX, 2 * SEEN_MAX + 1, 3 * SEEN_MAX));
    assert_false(seen_between(&s, 2 * SEEN_MAX, 0, 0));
    seen_fini(&s);
    assert_int_equal(seen_held(&s), 0);
}

static void
seen_takes_little_memory_for_a_quiet_group(void **state)
{
    struct seen s = {0};

    (void)state;
    for (uint64_t i = 0; i < 5; i++) {
        seen_add(&s, i);
    }
    assert_in_range(s.room, 5, 8);
    seen_fini(&s);
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
        cmocka_unit_test(seen_takes_little_memory_for_a_quiet_group),
        cmocka_unit_test(expected_is_taken_as_often_as_it_was_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
