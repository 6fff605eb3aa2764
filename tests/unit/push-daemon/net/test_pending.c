/* test_pending.c - connections whose handshake is not finished. */
#include "push-daemon/net/pending.h"

#include <stdio.h>
#include <sys/socket.h>

#include "push-daemon/net/client_addr.h"
#include "tests/unit/push-daemon/a_env.h"

enum {
    FDS = 2000
};

static struct test {
    struct a_env env;
    struct pending *pending;
    struct pending_fd *all[FDS]; /* by descriptor; NULL: none */
    char shut[FDS];
    const char *from; /* the address of those that come */
} t;

/* ---- what it uses ---- */

struct address
client_addr_of_peer(int fd)
{
    struct address a;

    (void)fd;
    assert_true(address_parse(&a, str_of(t.from)));
    return a;
}

int
shutdown(int fd, int how)
{
    assert_int_equal(how, SHUT_RDWR);
    assert_in_range(fd, 0, FDS - 1);
    assert_false(t.shut[fd]);
    t.shut[fd] = true;
    return 0;
}

/* ---- what the tests say ---- */

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_env_make(&t.env);
    a_config_set(&t.env.config, "push.trustedProxies", "127.0.0.1");
    t.pending = pending_create(&t.env.env);
    return 0;
}

static void
go(int fd)
{
    pending_remove(t.pending, t.all[fd]);
    t.all[fd] = NULL;
}

static int
teardown(void **state)
{
    (void)state;
    for (int i = 0; i < FDS; i++) {
        go(i);
    }
    assert_int_equal(t.env.metrics.handshakes_waiting, 0);
    pending_destroy(t.pending);
    a_env_free(&t.env);
    return 0;
}

/* The descriptors [first, end) come from that address. */
static void
come(int first, int end, const char *from)
{
    t.from = from;
    for (int i = first; i < end; i++) {
        t.all[i] = pending_add(t.pending, i);
    }
}

/* Exactly the descriptors [first, end) of all that came were shut down. */
static void
assert_shut(int first, int end)
{
    for (int i = 0; i < FDS; i++) {
        assert_int_equal(t.shut[i], i >= first && i < end);
    }
    assert_int_equal(t.env.metrics.handshakes_cut, end - first);
}

/* ---- the tests ---- */

static void
a_refused_one_is_no_loss(void **state)
{
    (void)state;
    come(0, 2, "192.0.2.7");
    pending_note_refused(t.all[0]);
    fake_loop_advance(t.env.env.loop, PENDING_MS);
    pending_every_second(t.pending);
    assert_true(t.shut[0] && t.shut[1]);
    assert_int_equal(t.env.metrics.handshakes_cut, 1);
}

static void
it_has_five_seconds(void **state)
{
    (void)state;
    come(0, 3, "192.0.2.7");
    fake_loop_advance(t.env.env.loop, PENDING_MS - 1);
    come(3, 4, "127.0.0.1");
    pending_every_second(t.pending);
    assert_shut(0, 0);
    fake_loop_advance(t.env.env.loop, 1);
    pending_every_second(t.pending);
    assert_shut(0, 3);
    fake_loop_advance(t.env.env.loop, PENDING_MS);
    pending_every_second(t.pending);
    assert_shut(0, 4);
}

static void
an_address_has_so_many_and_its_oldest_goes_first(void **state)
{
    (void)state;
    come(0, 1, "192.0.2.8");
    come(1, 1 + PENDING_MAX_OF_ADDRESS, "192.0.2.7");
    assert_shut(0, 0);
    come(300, 310, "192.0.2.7");
    assert_shut(1, 11);
    assert_int_equal(t.env.metrics.handshakes_waiting, 1 + PENDING_MAX_OF_ADDRESS);
    come(400, 401, "192.0.2.9");
    assert_shut(1, 11);
}

/* An IPv6 client has all addresses of its /64 network. */
static void
a_network_counts_as_one_address(void **state)
{
    char from[40];

    (void)state;
    for (int i = 0; i < PENDING_MAX_OF_ADDRESS + 1; i++) {
        snprintf(from, sizeof(from), "2001:db8:1:2::%x", i + 1);
        come(i, i + 1, from);
    }
    assert_shut(0, 1);
}

static void
who_has_finished_is_not_counted(void **state)
{
    (void)state;
    come(0, PENDING_MAX_OF_ADDRESS, "192.0.2.7");
    for (int i = 0; i < 100; i++) {
        go(i);
    }
    come(1000, 1100, "192.0.2.7");
    assert_shut(0, 0);
    come(1100, 1101, "192.0.2.7");
    assert_shut(100, 101); /* the oldest that is left */
    go(100);               /* it is gone now, and was not counted any more */
    come(1101, 1102, "192.0.2.7");
    assert_shut(100, 102);
}

/* A trusted proxy's clients are many: they are counted in all only. */
static void
there_are_so_many_in_all(void **state)
{
    (void)state;
    come(0, PENDING_MAX, "127.0.0.1");
    assert_shut(0, 0);
    come(PENDING_MAX, PENDING_MAX + 5, "192.0.2.7");
    assert_shut(0, 5);
    assert_int_equal(t.env.metrics.handshakes_waiting, PENDING_MAX);
}

static void
the_oldest_can_be_asked_to_make_room(void **state)
{
    (void)state;
    assert_false(pending_cut_oldest(t.pending));
    come(0, 2, "192.0.2.7");
    assert_true(pending_cut_oldest(t.pending));
    assert_shut(0, 1);
    assert_true(pending_cut_oldest(t.pending));
    assert_false(pending_cut_oldest(t.pending));
    assert_shut(0, 2);
    pending_remove(t.pending, NULL);
    pending_destroy(NULL);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_has_five_seconds),
        TEST(a_refused_one_is_no_loss),
        TEST(an_address_has_so_many_and_its_oldest_goes_first),
        TEST(a_network_counts_as_one_address),
        TEST(who_has_finished_is_not_counted),
        TEST(there_are_so_many_in_all),
        TEST(the_oldest_can_be_asked_to_make_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
