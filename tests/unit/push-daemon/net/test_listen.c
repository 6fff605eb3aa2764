/* test_listen.c - the address that a daemon listens on. Nobody connects to it here. */
#include "push-daemon/net/listen.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/unit.h"

/* ---- before libc: a host without IPv6, and a name that is not known ---- */

static bool has_no_ipv6;
static const char unknown[] = "unknown.example";

int
socket(int family, int type, int protocol)
{
    static int (*real)(int, int, int);

    if (has_no_ipv6 && family == AF_INET6) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "socket");
    }
    return real(family, type, protocol);
}

int
getaddrinfo(const char *restrict name, const char *restrict service,
            const struct addrinfo *restrict hints, struct addrinfo **restrict found)
{
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

    if (name != NULL && strcmp(name, unknown) == 0) {
        return EAI_NONAME;
    }
    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    }
    return real(name, service, hints, found);
}

/* ---- the scene ---- */

static char address[32]; /* 127.0.0.1 with a port that is free */
static char any[32];     /* * with that port */
static int real_stderr, log_fd, lowest;

/* The lowest descriptor that is free: another one afterwards is one that was not closed. */
static int
lowest_free(void)
{
    int fd = dup(STDIN_FILENO);

    close(fd);
    return fd;
}

static int
port_of(int fd)
{
    struct sockaddr_storage at = {0};
    socklen_t length = sizeof(at);

    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &length), 0);
    return ntohs(((struct sockaddr_in *)&at)->sin_port); /* in the same place for IPv6 */
}

static int
set_up(void **state)
{
    struct sockaddr_in free_port = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    has_no_ipv6 = false;
    assert_int_equal(bind(fd, (struct sockaddr *)&free_port, sizeof(free_port)), 0);
    snprintf(address, sizeof(address), "127.0.0.1:%d", port_of(fd));
    snprintf(any, sizeof(any), "*:%d", port_of(fd));
    close(fd);
    real_stderr = dup(STDERR_FILENO);
    log_fd = memfd_create("log", 0);
    dup2(log_fd, STDERR_FILENO);
    lowest = lowest_free();
    return 0;
}

static int
tear_down(void **state)
{
    int now = lowest_free();

    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(log_fd);
    assert_int_equal(now, lowest);
    return 0;
}

/* What was logged since the last call. */
static const char *
logged(void)
{
    static char text[1024];
    ssize_t n = pread(log_fd, text, sizeof(text) - 1, 0);

    text[n > 0 ? n : 0] = '\0';
    assert_int_equal(ftruncate(log_fd, 0), 0);
    lseek(log_fd, 0, SEEK_SET);
    return text;
}

static bool
is_on(int fd, int level, int option)
{
    int value = 0;
    socklen_t length = sizeof(value);

    assert_int_equal(getsockopt(fd, level, option, &value, &length), 0);
    return value != 0;
}

/* ---- the tests ---- */

static void
it_listens_with_the_options_of_a_daemon(void **state)
{
    int fd = listen_open(address, false);

    (void)state;
    assert_true(fd >= 0);
    assert_true(is_on(fd, SOL_SOCKET, SO_ACCEPTCONN));
    assert_true(is_on(fd, SOL_SOCKET, SO_REUSEADDR));
    assert_true(is_on(fd, SOL_SOCKET, SO_KEEPALIVE));
    assert_true(is_on(fd, IPPROTO_TCP, TCP_NODELAY));
    assert_false(is_on(fd, SOL_SOCKET, SO_REUSEPORT));
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(port_of(fd), atoi(address + 10));
    assert_string_equal(logged(), "");
    close(fd);
}

static void
an_address_in_use_is_refused(void **state)
{
    int fd = listen_open(address, false);
    char line[200];

    (void)state;
    assert_int_equal(listen_open(address, false), -1);
    snprintf(line, sizeof(line), "error listen address=%s reason=\"Address already in use\"\n",
             address);
    assert_string_equal(logged(), line);
    assert_int_equal(listen_open(address, true), -1); /* the first does not share */
    assert_int_equal(listen_open(any, false), -1);
    logged();
    assert_false(listen_is_free(address));
    assert_string_equal(logged(), line);
    close(fd);
    assert_true(listen_is_free(address));
    assert_true(listen_is_free(address)); /* it keeps nothing */
    assert_string_equal(logged(), "");
}

static void
those_that_share_listen_together(void **state)
{
    int first = listen_open(address, true), second = listen_open(address, true);

    (void)state;
    assert_true(first >= 0 && second >= 0);
    assert_true(is_on(first, SOL_SOCKET, SO_REUSEPORT));
    assert_int_equal(listen_open(address, false), -1);
    assert_false(listen_is_free(address));
    close(first);
    close(second);
}

static void
a_star_is_every_address(void **state)
{
    int fd;

    (void)state;
    for (int round = 0; round < 2; round++) {
        struct sockaddr_storage at = {0};
        socklen_t length = sizeof(at);

        has_no_ipv6 = round == 1;
        fd = listen_open(any, false);
        assert_true(fd >= 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &length), 0);
        if (has_no_ipv6) {
            assert_int_equal(at.ss_family, AF_INET);
        }
        if (at.ss_family == AF_INET6) {
            assert_false(is_on(fd, IPPROTO_IPV6, IPV6_V6ONLY));
        }
        assert_int_equal(listen_open(address, false), -1); /* it has IPv4 as well */
        close(fd);
    }
}

static void
an_ipv6_address_has_its_brackets(void **state)
{
    char text[32];
    int fd;

    (void)state;
    snprintf(text, sizeof(text), "[::1]:%d", atoi(address + 10));
    fd = listen_open(text, false);
    if (fd < 0 && strstr(logged(), "annot assign") != NULL) {
        return; /* a host without IPv6 */
    }
    assert_true(fd >= 0 || errno == EAFNOSUPPORT);
    close(fd);
}

static void
an_unknown_name_is_logged_once(void **state)
{
    (void)state;
    assert_int_equal(listen_open("unknown.example:80", false), -1);
    assert_string_equal(logged(), "error listen address=unknown.example:80 "
                                  "reason=\"Name or service not known\"\n");
    assert_false(listen_is_free("unknown.example:80"));
}

static void
an_address_of_somebody_else_is_refused(void **state)
{
    (void)state;
    assert_int_equal(listen_open("192.0.2.1:8080", false), -1);
    assert_string_equal(logged(), "error listen address=192.0.2.1:8080 "
                                  "reason=\"Cannot assign requested address\"\n");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_listens_with_the_options_of_a_daemon), TEST(an_address_in_use_is_refused),
        TEST(those_that_share_listen_together),        TEST(a_star_is_every_address),
        TEST(an_ipv6_address_has_its_brackets),        TEST(an_unknown_name_is_logged_once),
        TEST(an_address_of_somebody_else_is_refused),
    };

    return cmocka_run_group_tests_name("listen", tests, NULL, NULL);
}
