/* test_known.c - what the members of a room are known to have. */
#include "push-daemon/sync/known.h"

#include <stdlib.h>

#include "push-daemon/sync/snapshot.h"
#include "tests/unit/unit.h"

enum {
    NOW = 1000
};

/* A snapshot of `total` entries, of which the newest `count` are in it; their hashes end in
 * `last`. */
static struct snapshot *
a_snapshot(size_t count, int64_t total, uint64_t last)
{
    struct snapshot *s = snapshot_create(NULL, (int64_t)count, 1000);

    s->total = total;
    s->entry_count = count;
    s->entries = calloc(count, sizeof(*s->entries));
    for (size_t i = 0; i < count; i++) {
        s->entries[i].hash = last - count + 1 + i;
    }
    return s;
}

static void
the_highest_ts_is_remembered(void **state)
{
    struct known k = {0};

    (void)state;
    known_add(&k, 1, 50, NOW);
    known_add(&k, 2, 30, NOW);
    assert_int_equal(k.newest_ts, 50);
    known_add(&k, 3, 51, NOW);
    assert_int_equal(k.newest_ts, 51);
    assert_true(dedup_has(&k.seen, 2));
    known_fini(&k);
}

/* The bound of append.lua: what is not less than a day ahead of Redis' clock lifts nothing. */
static void
a_ts_far_ahead_is_not_the_highest(void **state)
{
    const int64_t day = 86400000;
    struct known k = {0};

    (void)state;
    known_add(&k, 1, 50, NOW);
    known_add(&k, 2, NOW + day, NOW);
    known_add(&k, 3, INT64_C(1) << 53, NOW);
    assert_int_equal(k.newest_ts, 50);
    assert_true(dedup_has(&k.seen, 3));
    known_add(&k, 4, NOW + day - 1, NOW);
    assert_int_equal(k.newest_ts, NOW + day - 1);
    known_add(&k, 5, NOW + day, NOW + 1);
    assert_int_equal(k.newest_ts, NOW + day);
    known_fini(&k);
}

static void
a_list_takes_the_place_of_what_was_known(void **state)
{
    struct snapshot *s = a_snapshot(3, 3, 13);
    struct known k = {0};

    (void)state;
    known_add(&k, 1, 50, NOW);
    known_begin_late(&k, NOW);
    known_add_late(&k, 2);
    known_set_list(&k, s, NOW);
    assert_int_equal(k.seen.count, 3);
    assert_false(dedup_has(&k.seen, 1));
    assert_int_equal(dedup_at(&k.seen, 0), 11);
    assert_int_equal(dedup_at(&k.seen, 2), 13);
    assert_false(known_take_late(&k, 2, NOW)); /* the members who had it are gone */
    known_fini(&k);
    snapshot_destroy(s);
}

static void
only_a_whole_list_makes_it_complete(void **state)
{
    (void)state;
    for (int whole = 0; whole < 2; whole++) {
        struct snapshot *s = a_snapshot(3, whole ? 3 : 4, 13);
        struct known k = {0};

        known_set_list(&k, s, NOW);
        assert_int_equal(known_is_complete(&k), whole);
        for (uint64_t hash = 100; k.seen.count < DEDUP_MAX; hash++) {
            known_add(&k, hash, 1, NOW);
        }
        assert_int_equal(known_is_complete(&k), whole);
        known_add(&k, 99, 1, NOW); /* one is forgotten */
        assert_false(known_is_complete(&k));
        known_fini(&k);
        snapshot_destroy(s);
    }
}

static void
a_late_publish_is_taken_once_and_in_time(void **state)
{
    struct known k = {0};

    (void)state;
    assert_false(known_take_late(&k, 1, NOW));
    known_begin_late(&k, NOW);
    known_add_late(&k, 1);
    known_add_late(&k, 2);
    known_add_late(&k, 2);
    assert_false(known_take_late(&k, 3, NOW));
    assert_true(known_take_late(&k, 2, NOW));
    assert_true(known_take_late(&k, 2, NOW + PUBLISH_LATE_MS - 1));
    assert_false(known_take_late(&k, 2, NOW));
    assert_false(known_take_late(&k, 1, NOW + PUBLISH_LATE_MS));
    assert_int_equal(k.late.count, 0);

    known_begin_late(&k, NOW);
    known_add_late(&k, 4);
    known_begin_late(&k, NOW + PUBLISH_LATE_MS - 1); /* another catch-up, before the time is over */
    known_add_late(&k, 5);
    assert_true(known_take_late(&k, 4, NOW + PUBLISH_LATE_MS));
    known_begin_late(&k, NOW + 3 * PUBLISH_LATE_MS); /* and one after it */
    assert_false(known_take_late(&k, 5, NOW + 3 * PUBLISH_LATE_MS));
    known_fini(&k);
}

/* Ten catch-ups a second, each with messages whose PUBLISH never comes. */
static void
what_is_awaited_does_not_pile_up(void **state)
{
    const int64_t second = 1000, end = NOW + 60 * second;
    struct known k = {0};
    uint64_t hash = 0;

    (void)state;
    for (int64_t now = NOW; now < end; now += 100) {
        known_begin_late(&k, now);
        known_add_late(&k, ++hash);
        assert_in_range(k.late.count + k.late_before.count, 1, 2 * PUBLISH_LATE_MS / 100);
    }
    for (uint64_t i = 0; i < PUBLISH_LATE_MS / 100;
         i++) { /* it is awaited for so long in any case */
        assert_true(known_take_late(&k, hash - i, end));
    }
    assert_false(known_take_late(&k, hash - 2 * PUBLISH_LATE_MS / 100, end));
    known_fini(&k);
}

static void
what_was_published_before_a_mark_is_known(void **state)
{
    struct snapshot *first = a_snapshot(2, 2, 12), *s = a_snapshot(5, 5, 15);
    struct known k = {0};

    (void)state;
    known_set_list(&k, first, NOW); /* 11 and 12 */
    known_add(&k, 13, 1, NOW);
    s->seen_before = k.seen.count; /* the mark */
    known_add(&k, 14, 1, NOW);
    assert_false(known_was_published(&k, s, 12, NOW)); /* from the list alone */
    assert_false(known_was_published(&k, s, 12, NOW + PUBLISH_LATE_MS - 1));
    assert_true(known_was_published(&k, s, 12, NOW + PUBLISH_LATE_MS)); /* it must have been */
    assert_true(known_was_published(&k, s, 13, NOW));
    assert_false(known_was_published(&k, s, 14, NOW)); /* after the mark */
    assert_false(known_was_published(&k, s, 15, NOW)); /* never heard */
    known_fini(&k);
    snapshot_destroy(first);
    snapshot_destroy(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_ts_is_remembered),
        cmocka_unit_test(a_ts_far_ahead_is_not_the_highest),
        cmocka_unit_test(a_list_takes_the_place_of_what_was_known),
        cmocka_unit_test(only_a_whole_list_makes_it_complete),
        cmocka_unit_test(a_late_publish_is_taken_once_and_in_time),
        cmocka_unit_test(what_is_awaited_does_not_pile_up),
        cmocka_unit_test(what_was_published_before_a_mark_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
