/* test_deadline.c - the latest time at which a request must have been read. */
#include "fcgi-api/http/deadline.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "tests/unit/unit.h"

static int fds[2];

static int
setup(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
}

static int
teardown(void **state)
{
    (void)state;
    deadline_stop();
    close(fds[0]);
    close(fds[1]);
    return 0;
}

/* A read that waits comes to an end, though a byte comes now and then. */
static void
a_read_ends_at_the_deadline(void **state)
{
    int64_t began = clock_ms();
    char bytes[2];

    (void)state;
    assert_int_equal(send(fds[1], "x", 1, 0), 1);
    deadline_start(fds[0], 100);
    assert_int_equal(recv(fds[0], bytes, 2, MSG_WAITALL), 1);
    assert_in_range(clock_ms() - began, 95, 2000);
    assert_int_equal(recv(fds[0], bytes, 1, 0), 0);
}

static void
it_can_be_extended(void **state)
{
    int64_t began = clock_ms();
    char byte;

    (void)state;
    deadline_start(fds[0], 50);
    deadline_extend(150);
    assert_int_equal(recv(fds[0], &byte, 1, 0), 0);
    assert_in_range(clock_ms() - began, 195, 2000);
}

/* And the signal is as it was. */
static void
nothing_happens_after_its_stop(void **state)
{
    char byte;

    (void)state;
    deadline_start(fds[0], 30);
    deadline_extend(10);
    deadline_stop();
    usleep(60000);
    assert_int_equal(recv(fds[0], &byte, 1, MSG_DONTWAIT), -1);
    assert_ptr_equal(signal(SIGALRM, SIG_DFL), SIG_DFL);
    assert_int_equal(alarm(0), 0);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_read_ends_at_the_deadline),
        TEST(it_can_be_extended),
        TEST(nothing_happens_after_its_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
