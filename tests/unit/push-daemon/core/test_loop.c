/* test_loop.c - the event loop, on the real libuv: timers, sockets, signals, the end of a turn. */
#include "push-daemon/core/loop.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "tests/unit/unit.h"

struct scene {
    struct loop *loop;
    struct loop_timer *timer;
    struct loop_watch *watch;
    int fds[2];
    char log[64]; /* a letter for each thing that happened */
    size_t count;
    size_t stop_at; /* events after which the loop stops */
};

static struct scene s;

static void
note(char what)
{
    assert_in_range(s.count, 0, sizeof(s.log) - 2);
    s.log[s.count++] = what;
    if (s.count == s.stop_at) {
        loop_stop(s.loop);
    }
}

static void
on_a(void *arg)
{
    (void)arg;
    note('a');
}

static void
on_b(void *arg)
{
    (void)arg;
    note('b');
}

static void
on_turn_end(void *arg)
{
    (void)arg;
    note('.');
}

static int
set_up(void **state)
{
    (void)state;
    memset(&s, 0, sizeof(s));
    s.loop = loop_create();
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s.fds);
}

static int
tear_down(void **state)
{
    (void)state;
    loop_timer_destroy(s.timer);
    loop_watch_destroy(s.watch);
    loop_destroy(s.loop);
    close(s.fds[0]);
    close(s.fds[1]);
    return 0;
}

static void
run_until(size_t count)
{
    s.stop_at = count;
    loop_run(s.loop);
}

/* ---- timers ---- */

static void
a_timer_fires_when_it_is_due(void **state)
{
    struct loop_timer *b = loop_timer_create(s.loop, on_b, NULL);
    int64_t from = loop_now_ms(s.loop);

    (void)state;
    s.timer = loop_timer_create(s.loop, on_a, NULL);
    loop_timer_start(s.timer, 4, 0);
    loop_timer_start(b, 2, 0);
    run_until(2);
    assert_string_equal(s.log, "ba");
    assert_in_range(loop_now_ms(s.loop) - from, 4, 1000);
    loop_timer_destroy(b);
}

static void
a_timer_repeats_until_it_is_stopped(void **state)
{
    (void)state;
    s.timer = loop_timer_create(s.loop, on_a, NULL);
    loop_timer_start(s.timer, 0, 1);
    run_until(3);
    loop_timer_stop(s.timer);
    usleep(2000);
    loop_turn(s.loop);
    loop_turn(s.loop);
    assert_string_equal(s.log, "aaa");
}

static void
destroy_timer(void *arg)
{
    (void)arg;
    loop_timer_destroy(s.timer);
    s.timer = NULL;
    note('d');
}

static void
a_timer_may_destroy_itself(void **state)
{
    (void)state;
    s.timer = loop_timer_create(s.loop, destroy_timer, NULL);
    loop_timer_start(s.timer, 0, 1);
    run_until(1);
    usleep(1000);
    loop_turn(s.loop);
    assert_string_equal(s.log, "d");
}

/* ---- sockets ---- */

static void
on_ready(void *arg, bool readable, bool writable)
{
    (void)arg;
    note(readable ? (writable ? '*' : '<') : '>');
}

static void
a_watch_reports_what_is_wanted(void **state)
{
    (void)state;
    s.watch = loop_watch_create(s.loop, s.fds[0], on_ready, NULL);
    loop_turn(s.loop);
    assert_string_equal(s.log, "");
    loop_watch_want(s.watch, true, false);
    loop_turn(s.loop);
    assert_string_equal(s.log, "");
    assert_int_equal(write(s.fds[1], "x", 1), 1);
    loop_turn(s.loop);
    assert_string_equal(s.log, "<");
    loop_watch_want(s.watch, false, true);
    loop_turn(s.loop);
    assert_string_equal(s.log, "<>");
    loop_watch_want(s.watch, true, true);
    loop_turn(s.loop);
    assert_string_equal(s.log, "<>*");
    loop_watch_want(s.watch, false, false);
    loop_turn(s.loop);
    assert_string_equal(s.log, "<>*");
}

static void
a_socket_at_its_end_is_readable(void **state)
{
    (void)state;
    s.watch = loop_watch_create(s.loop, s.fds[0], on_ready, NULL);
    loop_watch_want(s.watch, true, false);
    shutdown(s.fds[1], SHUT_WR);
    loop_turn(s.loop);
    assert_string_equal(s.log, "<");
}

/* ---- turns and signals ---- */

static void
the_end_of_a_turn_comes_after_what_came_in(void **state)
{
    (void)state;
    loop_on_turn_end(s.loop, on_turn_end, NULL);
    loop_on_turn_end(s.loop, on_b, NULL);
    s.timer = loop_timer_create(s.loop, on_a, NULL);
    s.watch = loop_watch_create(s.loop, s.fds[0], on_ready, NULL);
    loop_timer_start(s.timer, 0, 0);
    loop_watch_want(s.watch, false, true);
    loop_turn(s.loop);
    assert_string_equal(s.log, "a.b>"); /* what the sockets bring belongs to the next turn */
    loop_watch_want(s.watch, false, false);
    loop_turn(s.loop);
    assert_string_equal(s.log, "a.b>.b");
}

static void
a_signal_is_reported(void **state)
{
    (void)state;
    loop_on_signal(s.loop, SIGUSR1, on_a, NULL);
    loop_on_signal(s.loop, SIGUSR2, on_b, NULL);
    raise(SIGUSR2);
    run_until(1);
    raise(SIGUSR1);
    run_until(2);
    assert_string_equal(s.log, "ba");
}

/* Its program has a handler now: see lib/process/reload.h. */
static void
a_signal_that_was_blocked_until_now_is_reported(void **state)
{
    sigset_t number;

    (void)state;
    sigemptyset(&number);
    sigaddset(&number, SIGUSR1);
    sigprocmask(SIG_BLOCK, &number, NULL);
    raise(SIGUSR1);
    loop_on_signal(s.loop, SIGUSR1, on_a, NULL);
    run_until(1);
    assert_string_equal(s.log, "a");
}

static void
the_time_is_that_of_the_turn(void **state)
{
    int64_t now;

    (void)state;
    loop_turn(s.loop);
    now = loop_now_ms(s.loop);
    assert_in_range(clock_ms() - now, 0, 1000);
    usleep(2000);
    assert_int_equal(loop_now_ms(s.loop), now);
    loop_turn(s.loop);
    assert_true(loop_now_ms(s.loop) >= now + 2);
    loop_destroy(NULL);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_timer_fires_when_it_is_due),
        TEST(a_timer_repeats_until_it_is_stopped),
        TEST(a_timer_may_destroy_itself),
        TEST(a_watch_reports_what_is_wanted),
        TEST(a_socket_at_its_end_is_readable),
        TEST(the_end_of_a_turn_comes_after_what_came_in),
        TEST(a_signal_is_reported),
        TEST(a_signal_that_was_blocked_until_now_is_reported),
        TEST(a_signal_that_was_blocked_until_now_is_reported),
        TEST(the_time_is_that_of_the_turn),
    };

    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
