/* test_fake_loop.c - the fake loop keeps those rules of the real one that its users need. */
#include "tests/unit/push-daemon/fake_loop.h"

struct seen {
    char text[32]; /* a letter for each thing that happened */
    size_t count;
    struct loop *loop;
    struct loop_timer *timer;
};

static void
note(struct seen *seen, char what)
{
    assert_in_range(seen->count, 0, sizeof(seen->text) - 2);
    seen->text[seen->count++] = what;
}

static void
on_a(void *arg)
{
    note(arg, 'a');
}

static void
on_b(void *arg)
{
    note(arg, 'b');
}

static void
on_turn_end(void *arg)
{
    note(arg, '.');
}

static void
on_once(void *arg)
{
    struct seen *seen = arg;

    note(seen, 'o');
    loop_timer_destroy(seen->timer);
    seen->timer = NULL;
}

static void
on_again(void *arg)
{
    struct seen *seen = arg;

    note(seen, 'r');
    loop_timer_start(seen->timer, 0, 0);
}

static void
on_stop(void *arg)
{
    loop_stop(arg);
}

static void
on_ready(void *arg, bool readable, bool writable)
{
    note(arg, readable ? (writable ? '*' : '<') : '>');
}

static void
timers_fire_when_due_and_in_order(void **state)
{
    struct loop *loop = loop_create();
    struct seen seen = {.loop = loop};
    struct loop_timer *a = loop_timer_create(loop, on_a, &seen);
    struct loop_timer *b = loop_timer_create(loop, on_b, &seen);

    (void)state;
    loop_on_turn_end(loop, on_turn_end, &seen);
    loop_timer_start(b, 10, 0);
    loop_timer_start(a, 5, 5);
    fake_loop_advance(loop, 4);
    fake_loop_advance(loop, 11);
    assert_string_equal(seen.text, ".a.ba.a..");
    assert_int_equal(loop_now_ms(loop), FAKE_LOOP_BEGIN_MS + 15);
    assert_int_equal(fake_loop_timer_count(loop), 1);
    loop_timer_stop(a);
    fake_loop_advance(loop, 100);
    assert_string_equal(seen.text, ".a.ba.a...");
    loop_timer_destroy(a);
    loop_timer_destroy(b);
    loop_destroy(loop);
}

static void
a_timer_may_destroy_itself_or_start_anew(void **state)
{
    struct loop *loop = loop_create();
    struct seen once = {.loop = loop}, again = {.loop = loop};

    (void)state;
    once.timer = loop_timer_create(loop, on_once, &once);
    loop_timer_start(once.timer, 1, 1);
    again.timer = loop_timer_create(loop, on_again, &again);
    loop_timer_start(again.timer, 0, 0);
    fake_loop_turn(loop);
    fake_loop_turn(loop);
    assert_string_equal(again.text, "rr");
    loop_timer_destroy(again.timer);
    fake_loop_advance(loop, 5);
    assert_string_equal(once.text, "o");
    loop_destroy(loop);
}

static void
a_watch_is_told_what_it_wants(void **state)
{
    struct loop *loop = loop_create();
    struct seen seen = {.loop = loop};
    struct loop_watch *watch = loop_watch_create(loop, 7, on_ready, &seen);

    (void)state;
    assert_false(fake_loop_ready(loop, 7, true, true));
    loop_watch_want(watch, true, false);
    assert_true(fake_loop_ready(loop, 7, true, true));
    assert_false(fake_loop_ready(loop, 7, false, true));
    loop_watch_want(watch, true, true);
    assert_true(fake_loop_ready(loop, 7, true, true));
    assert_false(fake_loop_ready(loop, 8, true, true));
    assert_string_equal(seen.text, "<*");
    assert_int_equal(fake_loop_watch_count(loop), 1);
    loop_watch_destroy(watch);
    assert_int_equal(fake_loop_watch_count(loop), 0);
    loop_destroy(loop);
}

static void
a_signal_comes_before_the_end_of_its_turn(void **state)
{
    struct loop *loop = loop_create();
    struct seen seen = {.loop = loop};

    (void)state;
    loop_on_turn_end(loop, on_turn_end, &seen);
    loop_on_signal(loop, 15, on_a, &seen);
    loop_on_signal(loop, 1, on_b, &seen);
    fake_loop_signal(loop, 15);
    assert_string_equal(seen.text, "a.");
    loop_destroy(loop);
}

static void
run_goes_from_timer_to_timer_until_stopped(void **state)
{
    struct loop *loop = loop_create();
    struct seen seen = {.loop = loop};
    struct loop_timer *a = loop_timer_create(loop, on_a, &seen);
    struct loop_timer *stop = loop_timer_create(loop, on_stop, loop);

    (void)state;
    loop_timer_start(a, 400, 400);
    loop_timer_start(stop, 1000, 0);
    loop_run(loop);
    assert_string_equal(seen.text, "aa");
    loop_timer_destroy(a);
    loop_timer_destroy(stop);
    loop_destroy(loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_when_due_and_in_order),
        cmocka_unit_test(a_timer_may_destroy_itself_or_start_anew),
        cmocka_unit_test(a_watch_is_told_what_it_wants),
        cmocka_unit_test(a_signal_comes_before_the_end_of_its_turn),
        cmocka_unit_test(run_goes_from_timer_to_timer_until_stopped),
    };

    return cmocka_run_group_tests_name("fake_loop", tests, NULL, NULL);
}
