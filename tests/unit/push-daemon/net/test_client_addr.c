/* test_client_addr.c - the address of a client, also behind a proxy. */
#include "push-daemon/net/client_addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

#include "tests/unit/unit.h"

/* ---- before libc: the test says what the other end is ---- */

static const char *other_end; /* NULL: gone; "unix": none that has an address */

int
getpeername(int fd, __SOCKADDR_ARG addr, socklen_t *restrict length)
{
    struct sockaddr_storage out = {0};
    struct sockaddr_in *in = (struct sockaddr_in *)&out;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out;

    (void)fd;
    if (other_end == NULL) {
        errno = ENOTCONN;
        return -1;
    }
    if (inet_pton(AF_INET, other_end, &in->sin_addr) == 1) {
        out.ss_family = AF_INET;
    } else if (inet_pton(AF_INET6, other_end, &in6->sin6_addr) == 1) {
        out.ss_family = AF_INET6;
    } else {
        out.ss_family = AF_UNIX;
    }
    memcpy(addr.__sockaddr__, &out, *length < sizeof(out) ? *length : sizeof(out));
    return 0;
}

/* ---- the tests ---- */

struct outcome {
    char address[ADDRESS_TEXT_SIZE];
    bool is_proxy;
};

static struct outcome
find(const char *from, const char *forwarded, const char *trusted)
{
    struct ws_request request = {0};
    struct outcome o;

    other_end = from;
    client_addr_find(&request, 0, str_of(forwarded), trusted);
    address_print(&request.client, o.address);
    o.is_proxy = request.is_proxy;
    return o;
}

#define assert_client(from, forwarded, trusted, wanted, proxy)                                     \
    do {                                                                                           \
        struct outcome o = find(from, forwarded, trusted);                                         \
        assert_string_equal(o.address, wanted);                                                    \
        assert_int_equal(o.is_proxy, proxy);                                                       \
    } while (0)

static void
without_a_proxy_it_is_the_other_end(void **state)
{
    (void)state;
    assert_client("192.0.2.7", "", "", "192.0.2.7", false);
    assert_client("2001:db8::7", "", "", "2001:db8::7", false);
    assert_client("::ffff:192.0.2.7", "", "", "192.0.2.7", false);
}

static void
an_untrusted_peer_is_not_believed(void **state)
{
    (void)state;
    assert_client("192.0.2.7", "198.51.100.1", "", "192.0.2.7", false);
    assert_client("192.0.2.7", "198.51.100.1", "127.0.0.1 10.0.0.0/8", "192.0.2.7", false);
}

static void
a_trusted_proxy_says_for_whom_it_asks(void **state)
{
    (void)state;
    assert_client("127.0.0.1", "198.51.100.1", "127.0.0.1", "198.51.100.1", false);
    assert_client("10.1.2.3", "2001:db8::9", "10.0.0.0/8", "2001:db8::9", false);
    assert_client("::1", "198.51.100.1", "::1", "198.51.100.1", false);
}

/* All before it is what the client has said. */
static void
only_the_last_element_counts(void **state)
{
    (void)state;
    assert_client("127.0.0.1", "1.1.1.1, 2.2.2.2 , 198.51.100.1 ", "127.0.0.1", "198.51.100.1",
                  false);
    assert_client("127.0.0.1", "1.1.1.1,198.51.100.1", "127.0.0.1", "198.51.100.1", false);
}

static void
a_proxy_that_does_not_say_is_itself_the_client(void **state)
{
    (void)state;
    assert_client("127.0.0.1", "", "127.0.0.1", "127.0.0.1", true);
}

/* Else a header that is no address would be a way around all limits. */
static void
a_proxy_that_says_no_address_is_counted_as_a_client(void **state)
{
    static const char *const nothing[] = {",",           "unknown",          "198.51.100.1, ",
                                          "_hidden",     "1.1.1.1, x",       "1.1.1.1:80, [",
                                          "[198.51.100", "198.51.100.1.:80", "1.1:80",
                                          ":80",         "198.51.100.256",   "\x01"};

    (void)state;
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
        assert_client("127.0.0.1", nothing[i], "127.0.0.1", "127.0.0.1", false);
    }
}

static void
an_address_may_have_a_port(void **state)
{
    (void)state;
    assert_client("127.0.0.1", "1.1.1.1, 198.51.100.1:80", "127.0.0.1", "198.51.100.1", false);
    assert_client("127.0.0.1", "[2001:db8::9]:4711", "127.0.0.1", "2001:db8::9", false);
}

static void
a_proxy_behind_a_proxy_is_one(void **state)
{
    (void)state;
    assert_client("127.0.0.1", "10.0.0.5", "127.0.0.1 10.0.0.0/8", "10.0.0.5", true);
}

static void
what_has_no_address_is_unknown(void **state)
{
    (void)state;
    assert_client(NULL, "", "127.0.0.1", "::", false);
    assert_client("unix", "", "127.0.0.1", "::", false);
    assert_client(NULL, "198.51.100.1", "", "::", false);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_proxy_it_is_the_other_end),
        cmocka_unit_test(an_untrusted_peer_is_not_believed),
        cmocka_unit_test(a_trusted_proxy_says_for_whom_it_asks),
        cmocka_unit_test(only_the_last_element_counts),
        cmocka_unit_test(a_proxy_that_says_no_address_is_counted_as_a_client),
        cmocka_unit_test(an_address_may_have_a_port),
        cmocka_unit_test(a_proxy_that_does_not_say_is_itself_the_client),
        cmocka_unit_test(a_proxy_behind_a_proxy_is_one),
        cmocka_unit_test(what_has_no_address_is_unknown),
    };

    return cmocka_run_group_tests_name("client_addr", tests, NULL, NULL);
}
