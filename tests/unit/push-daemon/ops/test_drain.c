/* test_drain.c - the end of a daemon: its clients leave one after the other. */
#include "push-daemon/ops/drain.h"

#include "push-daemon/core/close_reason.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/room/flusher.h"
#include "tests/unit/push-daemon/a_env.h"

static struct test {
    struct a_env env;
    struct drain *drain;
    int flushes;
    size_t clients; /* all that are drained leave at once */
    bool unsettled; /* none may leave */
    int closed_all; /* calls */
    size_t open;    /* messages without an outcome */
    int64_t announced_ms;
    int groups; /* that the daemon's users are in; each call leaves one */
} t;

/* ---- what drain uses ---- */

void
flusher_run_all(struct flusher *f)
{
    assert_ptr_equal(f, &t.flushes);
    t.flushes++;
}

size_t
sessions_count(const struct sessions *all)
{
    assert_ptr_equal(all, &t.clients);
    return t.clients;
}

void
sessions_announce_drain(struct sessions *all, int64_t span_ms)
{
    assert_ptr_equal(all, &t.clients);
    t.announced_ms = span_ms;
}

void
sessions_drain_to(struct sessions *all, size_t max, enum close_reason reason)
{
    assert_ptr_equal(all, &t.clients);
    assert_int_equal(reason, CLOSE_STOPPING);
    assert_int_equal(t.closed_all, 0);
    t.clients = t.unsettled || t.clients < max ? t.clients : max;
}

void
sessions_close_all(struct sessions *all, enum close_reason reason)
{
    assert_ptr_equal(all, &t.clients);
    assert_int_equal(reason, CLOSE_STOPPING);
    t.closed_all++;
    t.clients = 0;
}

static size_t
open_count(const struct chat *chat)
{
    assert_ptr_equal(chat, &t.open);
    return t.open;
}

static bool
leave_groups(struct presence *p)
{
    assert_ptr_equal(p, &t.groups);
    t.groups -= t.groups > 0;
    return t.groups == 0;
}

static int
setup(void **state)
{
    const struct drain_hooks hooks = {(struct chat *)&t.open, open_count,
                                      (struct presence *)&t.groups, leave_groups};

    (void)state;
    memset(&t, 0, sizeof(t));
    a_env_make(&t.env);
    t.drain = drain_create(&t.env.env, (struct sessions *)&t.clients, (struct flusher *)&t.flushes,
                           &hooks);
    t.clients = 1000;
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    drain_destroy(t.drain);
    a_env_free(&t.env);
    return 0;
}

static void
wait(int64_t ms)
{
    fake_loop_advance(t.env.env.loop, ms);
}

static void
nobody_leaves_before_the_end_begins(void **state)
{
    (void)state;
    wait(100000);
    assert_int_equal(t.clients, 1000);
    assert_int_equal(t.flushes, 0);
}

static void
clients_leave_evenly(void **state)
{
    (void)state;
    drain_begin(t.drain, 10000);
    assert_int_equal(t.announced_ms, 10000);
    assert_int_equal(t.clients, 1000);
    for (int tenth = 1; tenth <= 10; tenth++) {
        wait(1000);
        assert_int_equal(t.clients, 1000 - 100 * tenth);
    }
    assert_int_equal(t.closed_all, 0);
    assert_int_equal(t.flushes, 501); /* each 20 ms, and what rooms have goes first */
}

static void
clients_that_leave_by_themselves_make_room(void **state)
{
    (void)state;
    drain_begin(t.drain, 10000);
    t.clients = 300;
    wait(6000);
    assert_int_equal(t.clients, 300);
    wait(2000);
    assert_int_equal(t.clients, 200);
}

static void
without_a_time_all_leave_at_once(void **state)
{
    (void)state;
    drain_begin(t.drain, 0);
    assert_int_equal(t.clients, 0);
    assert_int_equal(t.closed_all, 0);
}

/* As when Redis does not answer: a second behind the end nothing is waited for. */
static void
clients_whose_messages_are_open_are_closed_in_the_end(void **state)
{
    (void)state;
    t.unsettled = true;
    drain_begin(t.drain, 10000);
    wait(10980);
    assert_int_equal(t.closed_all, 0);
    assert_int_equal(t.clients, 1000);
    wait(20);
    assert_int_equal(t.closed_all, 1);
    assert_int_equal(t.clients, 0);
}

static void
the_loop_stops_once_nothing_is_open(void **state)
{
    (void)state;
    assert_false(drain_has_begun(t.drain));
    t.open = 1;
    drain_begin(t.drain, 100);
    assert_true(drain_has_begun(t.drain));
    wait(140);
    assert_int_equal(t.clients, 0);
    assert_false(t.env.env.loop->stopped);
    t.open = 0;
    wait(20);
    assert_true(t.env.env.loop->stopped);
}

static void
users_leave_their_groups_once_all_clients_have_gone(void **state)
{
    (void)state;
    t.groups = 3;
    drain_begin(t.drain, 100);
    wait(80);
    assert_int_equal(t.groups, 3);
    wait(40);
    assert_int_equal(t.groups, 1);
    assert_false(t.env.env.loop->stopped);
    wait(20);
    assert_true(t.env.env.loop->stopped);
}

/* Not before a second behind the end: until then they stay connected. */
static void
users_leave_their_groups_though_clients_do_not_go(void **state)
{
    (void)state;
    t.groups = 1;
    t.unsettled = true;
    drain_begin(t.drain, 100);
    wait(1080);
    assert_int_equal(t.groups, 1);
    wait(20);
    assert_int_equal(t.groups, 0);
}

static void
the_loop_stops_in_the_end_whatever_is_open(void **state)
{
    (void)state;
    t.open = 1;
    drain_begin(t.drain, 100);
    wait(1580);
    assert_false(t.env.env.loop->stopped);
    wait(20);
    assert_true(t.env.env.loop->stopped);
}

static void
the_time_may_be_shortened_and_not_lengthened(void **state)
{
    (void)state;
    drain_begin(t.drain, 10000);
    wait(5000);
    assert_int_equal(t.clients, 500);
    drain_begin(t.drain, 60000);
    wait(1000);
    assert_int_equal(t.clients, 400);
    drain_begin(t.drain,
                2000); /* it ends after 8 s instead of 10: 2/8 of the clients may be here now */
    assert_int_equal(t.clients, 250);
    wait(1000);
    assert_int_equal(t.clients, 125);
    drain_begin(t.drain, 0);
    assert_int_equal(t.clients, 0);
    drain_destroy(NULL);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nobody_leaves_before_the_end_begins),
        TEST(clients_leave_evenly),
        TEST(clients_that_leave_by_themselves_make_room),
        TEST(without_a_time_all_leave_at_once),
        TEST(clients_whose_messages_are_open_are_closed_in_the_end),
        TEST(the_loop_stops_once_nothing_is_open),
        TEST(users_leave_their_groups_once_all_clients_have_gone),
        TEST(users_leave_their_groups_though_clients_do_not_go),
        TEST(the_loop_stops_in_the_end_whatever_is_open),
        TEST(the_time_may_be_shortened_and_not_lengthened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
