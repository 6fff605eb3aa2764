/* test_spread.c - what is due soon: each once, within the time, and not all together. */
#include "push-daemon/core/spread.h"

#include <stddef.h>

#include "tests/unit/push-daemon/a_env.h"

enum {
    ITEMS = 1000
};

static struct test {
    struct a_env env;
    struct spread *spread;
    struct timer_wheel_item items[ITEMS];
    int due[ITEMS];
    int in_step, most_in_step;
} t;

static void
on_due(void *arg, struct timer_wheel_item *item)
{
    assert_ptr_equal(arg, &t);
    t.due[item - t.items]++;
    t.in_step++;
}

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_env_make(&t.env);
    t.spread = spread_create(&t.env.env, on_due, &t);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    spread_destroy(t.spread);
    a_env_free(&t.env);
    return 0;
}

static void
wait_steps(int steps)
{
    for (int i = 0; i < steps; i++) {
        t.in_step = 0;
        fake_loop_advance(t.env.env.loop, SPREAD_STEP_MS);
        t.most_in_step = t.in_step > t.most_in_step ? t.in_step : t.most_in_step;
    }
}

static int
count_due(void)
{
    int count = 0;

    for (int i = 0; i < ITEMS; i++) {
        assert_in_range(t.due[i], 0, 1);
        count += t.due[i];
    }
    return count;
}

static void
each_is_due_once_and_few_at_a_time(void **state)
{
    (void)state;
    for (int i = 0; i < ITEMS; i++) {
        spread_add(t.spread, &t.items[i]);
    }
    wait_steps(SPREAD_MS / SPREAD_STEP_MS / 2);
    assert_in_range(count_due(), ITEMS / 4, 3 * ITEMS / 4);
    wait_steps(SPREAD_MS / SPREAD_STEP_MS / 2);
    assert_int_equal(count_due(), ITEMS);
    assert_in_range(t.most_in_step, 1, 10 * ITEMS / (SPREAD_MS / SPREAD_STEP_MS));
    wait_steps(SPREAD_MS / SPREAD_STEP_MS);
    assert_int_equal(count_due(), ITEMS);
}

static void
what_comes_while_others_wait_is_due_in_time_as_well(void **state)
{
    (void)state;
    for (int i = 0; i < ITEMS; i++) {
        spread_add(t.spread, &t.items[i]);
        if (i % 10 == 9) {
            wait_steps(1);
        }
    }
    wait_steps(SPREAD_MS / SPREAD_STEP_MS);
    assert_int_equal(count_due(), ITEMS);
    memset(t.due, 0, sizeof(t.due));
    spread_add(t.spread, &t.items[0]); /* the timer has rested */
    wait_steps(SPREAD_MS / SPREAD_STEP_MS);
    assert_int_equal(count_due(), 1);
}

static void
what_is_taken_out_is_not_due(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        spread_add(t.spread, &t.items[i]);
    }
    for (int i = 0; i < 5; i++) {
        timer_wheel_remove(&t.items[i]);
    }
    wait_steps(SPREAD_MS / SPREAD_STEP_MS);
    assert_int_equal(count_due(), 5);
    spread_destroy(NULL);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_is_due_once_and_few_at_a_time),
        TEST(what_comes_while_others_wait_is_due_in_time_as_well),
        TEST(what_is_taken_out_is_not_due),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
