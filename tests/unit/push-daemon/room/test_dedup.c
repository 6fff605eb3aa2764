/* test_dedup.c - which messages were seen lately. */
#include "push-daemon/room/dedup.h"

#include "tests/unit/unit.h"

static void
dedup_remembers_the_newest(void **state)
{
    struct dedup s = {0};

    (void)state;
    assert_false(dedup_has(&s, 0)); /* nothing was added: not even zero */
    assert_int_equal(dedup_held(&s), 0);
    for (uint64_t i = 0; i < 3 * DEDUP_MAX; i++) {
        dedup_add(&s, i);
        assert_true(dedup_has(&s, i));
        assert_int_equal(dedup_held(&s), i < DEDUP_MAX ? i + 1 : DEDUP_MAX);
        assert_int_equal(dedup_at(&s, 0), i < DEDUP_MAX ? 0 : i - DEDUP_MAX + 1);
        assert_int_equal(dedup_at(&s, dedup_held(&s) - 1), i);
    }
    assert_false(dedup_has(&s, 2 * DEDUP_MAX - 1));
    assert_true(dedup_has(&s, 2 * DEDUP_MAX));
    assert_true(dedup_between(&s, 2 * DEDUP_MAX, 0, 2 * DEDUP_MAX + 1));
    assert_true(dedup_between(&s, 2 * DEDUP_MAX, 2 * DEDUP_MAX, 2 * DEDUP_MAX + 1));
    assert_false(dedup_between(&s, 2 * DEDUP_MAX, 0, 2 * DEDUP_MAX));
    assert_false(dedup_between(&s, 2 * DEDUP_MAX, 2 * DEDUP_MAX + 1, 3 * DEDUP_MAX));
    assert_false(dedup_between(&s, 2 * DEDUP_MAX, 0, 0));
    dedup_fini(&s);
    assert_int_equal(dedup_held(&s), 0);
}

static void
dedup_takes_little_memory_for_a_quiet_group(void **state)
{
    struct dedup s = {0};

    (void)state;
    for (uint64_t i = 0; i < 5; i++) {
        dedup_add(&s, i);
    }
    assert_in_range(s.room, 5, 8);
    dedup_fini(&s);
}

static void
pending_dups_is_taken_as_often_as_it_was_added(void **state)
{
    struct pending_dups e = {0};

    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        pending_dups_add(&e, i % 50);
    }
    for (uint64_t i = 0; i < 50; i++) {
        assert_true(pending_dups_take(&e, i));
        assert_true(pending_dups_take(&e, i));
        assert_false(pending_dups_take(&e, i));
    }
    assert_int_equal(e.count, 0);
    assert_null(e.hashes);
    pending_dups_add(&e, 1);
    pending_dups_clear(&e);
    assert_false(pending_dups_take(&e, 1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dedup_remembers_the_newest),
        cmocka_unit_test(dedup_takes_little_memory_for_a_quiet_group),
        cmocka_unit_test(pending_dups_is_taken_as_often_as_it_was_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
