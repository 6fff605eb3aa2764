/* test_wheel.c - who is due in which second: the wheel that pings hang on. */
#include "push-daemon/wheel.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

struct thing {
    struct wheel_item item; /* first: an item is its thing */
    int due_at;             /* the turn that it was handed over in; 0: not yet */
};

struct watcher {
    struct wheel *wheel;
    int turn;
    int handed_over;
    int again; /* seconds: what is handed over is added again; 0: it is not */
};

static void
on_due(void *arg, struct wheel_item *item)
{
    struct watcher *w = arg;

    ((struct thing *)item)->due_at = w->turn;
    w->handed_over++;
    if (w->again > 0) {
        wheel_add(w->wheel, item, (unsigned)w->again);
    }
}

static void
turn(struct watcher *w, int times)
{
    for (int i = 0; i < times; i++) {
        w->turn++;
        wheel_turn(w->wheel, on_due, w);
    }
}

static void
wheel_hands_over_each_item_in_its_second(void **state)
{
    struct wheel wheel = {0};
    struct watcher w = {.wheel = &wheel};
    struct thing things[WHEEL_MAX_SECONDS + 1] = {0};

    (void)state;
    turn(&w, 100); /* so that it has to go round */
    for (unsigned i = 0; i <= WHEEL_MAX_SECONDS; i++) {
        wheel_add(&wheel, &things[i].item, i);
    }
    turn(&w, WHEEL_SLOTS);
    for (int i = 0; i <= WHEEL_MAX_SECONDS; i++) {
        assert_int_equal(things[i].due_at, 101 + i);
    }
    assert_int_equal(w.handed_over, WHEEL_MAX_SECONDS + 1);
}

static void
wheel_cuts_a_delay_that_is_too_long(void **state)
{
    struct wheel wheel = {0};
    struct watcher w = {.wheel = &wheel};
    struct thing thing = {0};

    (void)state;
    wheel_add(&wheel, &thing.item, 100000);
    turn(&w, WHEEL_MAX_SECONDS);
    assert_int_equal(w.handed_over, 0);
    turn(&w, 1);
    assert_int_equal(w.handed_over, 1);
}

static void
wheel_forgets_what_was_removed(void **state)
{
    struct wheel wheel = {0};
    struct watcher w = {.wheel = &wheel};
    struct thing things[3] = {0};

    (void)state;
    for (int i = 0; i < 3; i++) {
        wheel_add(&wheel, &things[i].item, 5);
    }
    wheel_remove(&things[1].item);
    wheel_remove(&things[1].item); /* of none: fine */
    turn(&w, WHEEL_SLOTS);
    assert_int_equal(w.handed_over, 2);
    assert_int_equal(things[1].due_at, 0);
}

/* Also with the longest delay: the slot that is being emptied is never the one added to. */
static void
wheel_takes_an_item_again_while_it_hands_it_over(void **state)
{
    static const int delays[] = {1, 25, WHEEL_MAX_SECONDS, 1000};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct wheel wheel = {0};
        struct watcher w = {.wheel = &wheel, .again = delays[i]};
        struct thing thing = {0};

        wheel_add(&wheel, &thing.item, 0);
        turn(&w, 10000);
        assert_in_range(w.handed_over, 10000 / WHEEL_SLOTS, 10000);
        assert_int_equal(w.handed_over,
                         (10000 + (delays[i] > WHEEL_MAX_SECONDS ? WHEEL_MAX_SECONDS : delays[i])) /
                             ((delays[i] > WHEEL_MAX_SECONDS ? WHEEL_MAX_SECONDS : delays[i]) + 1));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wheel_hands_over_each_item_in_its_second),
        cmocka_unit_test(wheel_cuts_a_delay_that_is_too_long),
        cmocka_unit_test(wheel_forgets_what_was_removed),
        cmocka_unit_test(wheel_takes_an_item_again_while_it_hands_it_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
