/* test_accept.c - connections are accepted a few at a time, and not without descriptors. */
#include "push-daemon/net/accept.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/push-daemon/fake_loop.h"

/* ---- before libc: accept4() fails as the test says ---- */

static int failures[8]; /* errno of the next calls; 0 ends them */

int
accept4(int fd, __SOCKADDR_ARG addr, socklen_t *restrict length, int flags)
{
    static int (*real)(int, struct sockaddr *, socklen_t *, int);

    if (failures[0] != 0) {
        errno = failures[0];
        memmove(failures, failures + 1, sizeof(failures) - sizeof(failures[0]));
        return -1;
    }
    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "accept4");
    }
    return real(fd, addr.__sockaddr__, length, flags);
}

/* ---- the scene: a socket without a name in the file system ---- */

static struct sockaddr_un here;
static socklen_t here_length;
static int listening;
static struct loop *loop;
static struct acceptor *acceptor;
static int clients[16], accepted[16];
static int client_count, accepted_count;

static void
on_accept(void *arg, int fd)
{
    assert_ptr_equal(arg, &here);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    accepted[accepted_count++] = fd;
}

static int
set_up(void **state)
{
    (void)state;
    memset(failures, 0, sizeof(failures));
    client_count = accepted_count = 0;
    listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    here = (struct sockaddr_un){.sun_family = AF_UNIX};
    here_length = sizeof(here);
    assert_int_equal(bind(listening, (struct sockaddr *)&here, sizeof(sa_family_t)), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&here, &here_length), 0);
    assert_int_equal(listen(listening, 16), 0);
    loop = loop_create();
    acceptor = accept_start(loop, listening, on_accept, &here);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    accept_stop(acceptor);
    loop_destroy(loop);
    for (int i = 0; i < client_count; i++) {
        close(clients[i]);
    }
    for (int i = 0; i < accepted_count; i++) {
        close(accepted[i]);
    }
    return 0;
}

static void
connect_some(int count)
{
    while (count-- > 0) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        assert_int_equal(connect(fd, (struct sockaddr *)&here, here_length), 0);
        clients[client_count++] = fd;
    }
}

static void
fail_with(int error)
{
    failures[0] = error;
}

/* ---- the tests ---- */

static void
all_that_wait_are_accepted(void **state)
{
    (void)state;
    assert_true(fake_loop_ready(loop, listening, true, false));
    assert_int_equal(accepted_count, 0);
    connect_some(3);
    assert_true(fake_loop_ready(loop, listening, true, false));
    assert_int_equal(accepted_count, 3);
}

static void
eight_are_accepted_in_a_turn(void **state)
{
    (void)state;
    connect_some(10);
    assert_true(fake_loop_ready(loop, listening, true, false));
    assert_int_equal(accepted_count, 8);
    assert_true(fake_loop_ready(loop, listening, true, false));
    assert_int_equal(accepted_count, 10);
}

static void
without_descriptors_it_rests_for_a_while(void **state)
{
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};

    (void)state;
    for (int i = 0; i < 4; i++) {
        connect_some(1);
        fail_with(errors[i]);
        assert_true(fake_loop_ready(loop, listening, true, false));
        assert_int_equal(accepted_count, i);
        assert_false(fake_loop_ready(loop, listening, true, false)); /* or it would spin */
        fake_loop_advance(loop, 99);
        assert_false(fake_loop_ready(loop, listening, true, false));
        fake_loop_advance(loop, 1);
        assert_true(fake_loop_ready(loop, listening, true, false));
        assert_int_equal(accepted_count, i + 1);
    }
}

/* The one at the head may have hung up already: accept(2) says so in many words. */
static void
a_connection_that_is_gone_does_not_stop_the_next(void **state)
{
    static const int errors[] = {ECONNABORTED, EPROTO, EINTR, ENETDOWN, EHOSTUNREACH};

    (void)state;
    for (int i = 0; i < 5; i++) {
        connect_some(1);
        fail_with(errors[i]);
        assert_true(fake_loop_ready(loop, listening, true, false));
        assert_int_equal(accepted_count, i + 1);
    }
}

static void
a_socket_that_is_none_is_left_alone(void **state)
{
    static const int errors[] = {EAGAIN, EBADF, EINVAL};

    (void)state;
    connect_some(1);
    for (int i = 0; i < 3; i++) {
        fail_with(errors[i]);
        assert_true(fake_loop_ready(loop, listening, true, false));
        assert_int_equal(accepted_count, 0);
    }
}

static void
stopping_closes_the_listening_socket(void **state)
{
    (void)state;
    accept_stop(acceptor);
    acceptor = NULL; /* which is fine to stop, too */
    assert_int_equal(fcntl(listening, F_GETFD), -1);
    assert_int_equal(fake_loop_watch_count(loop), 0);
    assert_int_equal(fake_loop_timer_count(loop), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(all_that_wait_are_accepted),
        TEST(eight_are_accepted_in_a_turn),
        TEST(without_descriptors_it_rests_for_a_while),
        TEST(a_connection_that_is_gone_does_not_stop_the_next),
        TEST(a_socket_that_is_none_is_left_alone),
        TEST(stopping_closes_the_listening_socket),
    };

    return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
