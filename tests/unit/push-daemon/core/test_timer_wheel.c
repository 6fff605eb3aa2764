/* test_timer_wheel.c - which items are due in which second? */
#include "push-daemon/core/timer_wheel.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

struct thing {
    struct timer_wheel_item item; /* first: an item is its thing */
    int due_at;                   /* the turn that it was handed over in; 0: not yet */
};

struct watcher {
    struct timer_wheel *wheel;
    int turn;
    int handed_over;
    int again; /* seconds: what is handed over is added again; 0: it is not */
};

static void
on_due(void *arg, struct timer_wheel_item *item)
{
    struct watcher *w = arg;

    ((struct thing *)item)->due_at = w->turn;
    w->handed_over++;
    if (w->again > 0) {
        timer_wheel_add(w->wheel, item, (unsigned)w->again);
    }
}

static void
turn(struct watcher *w, int times)
{
    for (int i = 0; i < times; i++) {
        w->turn++;
        timer_wheel_turn(w->wheel, on_due, w);
    }
}

static void
timer_wheel_hands_over_each_item_in_its_second(void **state)
{
    struct timer_wheel wheel = {0};
    struct watcher w = {.wheel = &wheel};
    struct thing things[TIMER_WHEEL_MAX_SECONDS + 1] = {0};

    (void)state;
    turn(&w, 100); /* so that it has to go round */
    for (unsigned i = 0; i <= TIMER_WHEEL_MAX_SECONDS; i++) {
        timer_wheel_add(&wheel, &things[i].item, i);
    }
    turn(&w, TIMER_WHEEL_SLOTS);
    for (int i = 0; i <= TIMER_WHEEL_MAX_SECONDS; i++) {
        assert_int_equal(things[i].due_at, 101 + i);
    }
    assert_int_equal(w.handed_over, TIMER_WHEEL_MAX_SECONDS + 1);
}

static void
timer_wheel_cuts_a_delay_that_is_too_long(void **state)
{
    struct timer_wheel wheel = {0};
    struct watcher w = {.wheel = &wheel};
    struct thing thing = {0};

    (void)state;
    timer_wheel_add(&wheel, &thing.item, 100000);
    turn(&w, TIMER_WHEEL_MAX_SECONDS);
    assert_int_equal(w.handed_over, 0);
    turn(&w, 1);
    assert_int_equal(w.handed_over, 1);
}

static void
timer_wheel_forgets_what_was_removed(void **state)
{
    struct timer_wheel wheel = {0};
    struct watcher w = {.wheel = &wheel};
    struct thing things[3] = {0};

    (void)state;
    for (int i = 0; i < 3; i++) {
        timer_wheel_add(&wheel, &things[i].item, 5);
    }
    timer_wheel_remove(&things[1].item);
    timer_wheel_remove(&things[1].item); /* of none: fine */
    turn(&w, TIMER_WHEEL_SLOTS);
    assert_int_equal(w.handed_over, 2);
    assert_int_equal(things[1].due_at, 0);
}

/* Also with the longest delay: the slot that is being emptied is never the one added to. */
static void
timer_wheel_takes_an_item_again_while_it_hands_it_over(void **state)
{
    static const int delays[] = {1, 25, TIMER_WHEEL_MAX_SECONDS, 1000};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct timer_wheel wheel = {0};
        struct watcher w = {.wheel = &wheel, .again = delays[i]};
        struct thing thing = {0};

        timer_wheel_add(&wheel, &thing.item, 0);
        turn(&w, 10000);
        assert_in_range(w.handed_over, 10000 / TIMER_WHEEL_SLOTS, 10000);
        assert_int_equal(
            w.handed_over,
            (10000 + (delays[i] > TIMER_WHEEL_MAX_SECONDS ? TIMER_WHEEL_MAX_SECONDS : delays[i])) /
                ((delays[i] > TIMER_WHEEL_MAX_SECONDS ? TIMER_WHEEL_MAX_SECONDS : delays[i]) + 1));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timer_wheel_hands_over_each_item_in_its_second),
        cmocka_unit_test(timer_wheel_cuts_a_delay_that_is_too_long),
        cmocka_unit_test(timer_wheel_forgets_what_was_removed),
        cmocka_unit_test(timer_wheel_takes_an_item_again_while_it_hands_it_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
