/* test_cpu_load.c - when is the process CPU-bound? */
#include "push-daemon/core/cpu_load.h"

#include "tests/unit/unit.h"

/* A stretch of 20 ms with so much work in it. */
static void
work(struct cpu_load *b, int percent)
{
    cpu_load_measure(b, b->began_ms + 20, b->cpu_us + 200 * percent);
}

static void
busy_begins_at_40_percent(void **state)
{
    struct cpu_load b = {0};

    (void)state;
    work(&b, 39);
    assert_false(b.busy);
    work(&b, 40);
    assert_true(b.busy);
}

static void
busy_lasts_until_below_15_percent(void **state)
{
    struct cpu_load b = {0};

    (void)state;
    work(&b, 100);
    work(&b, 15);
    assert_true(b.busy);
    work(&b, 14);
    assert_false(b.busy);
    work(&b, 39);
    assert_false(b.busy);
}

static void
busy_is_measured_over_20_ms_and_a_long_wait_ends_it(void **state)
{
    struct cpu_load b = {0};

    (void)state;
    work(&b, 100);
    assert_false(cpu_load_is_due(&b, b.began_ms + 19));
    assert_true(cpu_load_is_due(&b, b.began_ms + 20));
    cpu_load_measure(&b, b.began_ms + 60000, b.cpu_us + 20000);
    assert_false(b.busy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(busy_begins_at_40_percent),
        cmocka_unit_test(busy_lasts_until_below_15_percent),
        cmocka_unit_test(busy_is_measured_over_20_ms_and_a_long_wait_ends_it),
    };

    return cmocka_run_group_tests_name("cpu_load", tests, NULL, NULL);
}
