/* test_rate_limit.c - how often something may happen. */
#include "lib/rate_limit.h"

#include "tests/unit/unit.h"

/* How many of so many tries at now_ms are allowed. */
static int
take(struct rate_limit *r, int tries, int64_t now_ms, int64_t a_second, int64_t burst)
{
    int taken = 0;

    for (int i = 0; i < tries; i++) {
        taken += rate_limit_take(r, now_ms, a_second, burst);
    }
    return taken;
}

static void
a_burst_is_allowed_and_then_so_many_a_second(void **state)
{
    struct rate_limit r = {0};

    (void)state;
    assert_int_equal(take(&r, 100, 5000, 10, 5), 5);
    assert_int_equal(take(&r, 100, 5099, 10, 5), 0);
    assert_int_equal(take(&r, 100, 5100, 10, 5), 1);
    assert_int_equal(take(&r, 100, 5400, 10, 5), 3);
    assert_int_equal(take(&r, 100, 60000, 10, 5), 5); /* a silence saves up no more than a burst */
}

static void
a_burst_of_one_is_a_steady_rate(void **state)
{
    struct rate_limit r = {0};
    int taken = 0;

    (void)state;
    for (int64_t now = 1000; now < 11000; now++) {
        taken += rate_limit_take(&r, now, 3, 1);
    }
    assert_int_equal(taken, 30);
}

static void
what_was_refused_does_not_count(void **state)
{
    struct rate_limit r = {0};

    (void)state;
    assert_int_equal(take(&r, 1000, 0, 1, 1), 1);
    assert_int_equal(take(&r, 1000, 999, 1, 1), 0);
    assert_int_equal(take(&r, 1000, 1000, 1, 1), 1);
}

static void
no_rate_is_no_limit(void **state)
{
    struct rate_limit r = {0};

    (void)state;
    assert_int_equal(take(&r, 1000, 1000, 0, 1), 1000);
    assert_true(rate_limit_is_rested(&r, 0));
}

static void
it_is_rested_when_a_whole_burst_is_free(void **state)
{
    struct rate_limit r = {0};

    (void)state;
    assert_true(rate_limit_is_rested(&r, 0));
    assert_int_equal(take(&r, 5, 2000, 10, 5), 5);
    assert_false(rate_limit_is_rested(&r, 2000));
    assert_false(rate_limit_is_rested(&r, 2499));
    assert_true(rate_limit_is_rested(&r, 2500));
    assert_int_equal(take(&r, 100, 2500, 10, 5), 5);
}

/* As bytes: a message costs what it is long. */
static void
it_may_count_many_at_once(void **state)
{
    enum {
        RATE = 262144,
        BURST = 2097152
    };
    struct rate_limit r = {0};
    int64_t sent = 0;

    (void)state;
    for (int64_t now = 1000; now < 11000; now++) {
        while (rate_limit_allows(&r, now, 16384, RATE, BURST)) {
            rate_limit_count(&r, now, 16384, RATE);
            sent += 16384;
        }
    }
    assert_in_range(sent, BURST + 10 * RATE - 32768, BURST + 10 * RATE);
    assert_false(rate_limit_allows(&r, 11000, BURST + 1, RATE, BURST));
    assert_true(rate_limit_allows(&r, 11000 + 8000, BURST + 1, RATE, BURST)); /* it has rested */
    rate_limit_count(&r, 20000, 1, 1 << 30);
    assert_true(rate_limit_allows(&r, 20000, 1, 1 << 30, 2));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_allowed_and_then_so_many_a_second),
        cmocka_unit_test(a_burst_of_one_is_a_steady_rate),
        cmocka_unit_test(what_was_refused_does_not_count),
        cmocka_unit_test(no_rate_is_no_limit),
        cmocka_unit_test(it_may_count_many_at_once),
        cmocka_unit_test(it_is_rested_when_a_whole_burst_is_free),
    };

    return cmocka_run_group_tests_name("rate_limit", tests, NULL, NULL);
}
