/* test_loop_lag.c - the loop's timers are measured by how late they fire. */
#include "push-daemon/core/loop_lag.h"

#include "lib/clock.h"
#include "push-daemon/core/env.h"
#include "tests/unit/push-daemon/fake_loop.h"

/* ---- lib/clock.h ---- */

static int64_t now_us;

int64_t
clock_us(void)
{
    return now_us;
}

int64_t
clock_ms(void)
{
    return now_us / 1000;
}

int64_t
clock_unix_ms(void)
{
    return 0;
}

int64_t
clock_cpu_us(void)
{
    return 0;
}

/* ---- the tests ---- */

static struct metrics metrics;
static struct env env = {.metrics = &metrics};
static struct loop_lag *lag;

static int
set_up(void **state)
{
    (void)state;
    memset(&metrics, 0, sizeof(metrics));
    now_us = 5000000;
    env.loop = loop_create();
    lag = loop_lag_start(&env);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    loop_lag_stop(lag);
    loop_lag_stop(NULL);
    loop_destroy(env.loop);
    return 0;
}

/* The timer fires in time by the loop's clock, and so late by the real one. */
static void
fire_late(int64_t late_us)
{
    now_us += 250000 + late_us;
    fake_loop_advance(env.loop, 250);
}

static void
each_timer_is_measured_from_when_it_was_due(void **state)
{
    const struct metrics_histogram *h = &metrics.loop_lag_us;

    (void)state;
    fake_loop_advance(env.loop, 249);
    assert_int_equal(h->count, 0);
    now_us += 250000 + 3;
    fake_loop_advance(env.loop, 1);
    assert_int_equal(h->count, 1);
    assert_int_equal(h->sum, 3);
    fire_late(1000); /* not 1003: the last lateness is over */
    assert_int_equal(h->count, 2);
    assert_int_equal(h->sum, 1003);
    assert_int_equal(h->buckets[1], 1);
    assert_int_equal(h->buckets[5], 1);
}

static void
a_timer_that_is_early_is_not_late(void **state)
{
    (void)state;
    fire_late(-200);
    assert_int_equal(metrics.loop_lag_us.count, 1);
    assert_int_equal(metrics.loop_lag_us.sum, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_timer_is_measured_from_when_it_was_due),
        TEST(a_timer_that_is_early_is_not_late),
    };

    return cmocka_run_group_tests_name("loop_lag", tests, NULL, NULL);
}
