/* test_client_addr.c - the address of a client, also behind a proxy. */
#include "push-daemon/net/client_addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
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
what_an_untrusted_address_says_counts_for_nothing(void **state)
{
    (void)state;
    assert_client("127.0.0.1", "1.1.1.1, 2.2.2.2 , 198.51.100.1 ", "127.0.0.1", "198.51.100.1",
                  false);
    assert_client("127.0.0.1", "1.1.1.1,198.51.100.1", "127.0.0.1", "198.51.100.1", false);
    assert_client("127.0.0.1", "127.0.0.1, 198.51.100.1", "127.0.0.1", "198.51.100.1", false);
    assert_client("127.0.0.1", "nonsense, 198.51.100.1", "127.0.0.1", "198.51.100.1", false);
}

/* client - proxy 5.6.7.8 - web server 127.0.0.1 - fastim */
static void
trusted_proxies_behind_each_other_are_skipped(void **state)
{
    const char *trusted = "127.0.0.1 5.6.7.0/24 2001:db8:5::/48";

    (void)state;
    assert_client("127.0.0.1", "1.2.3.4, 5.6.7.8", trusted, "1.2.3.4", false);
    assert_client("127.0.0.1", "9.9.9.9, 1.2.3.4, 5.6.7.8, 5.6.7.9", trusted, "1.2.3.4", false);
    assert_client("127.0.0.1", "1.2.3.4:5678, [2001:db8:5::1]:443", trusted, "1.2.3.4", false);
    assert_client("127.0.0.1", "2001:db8::9,\"[2001:db8:5::1]\",5.6.7.8:1", trusted, "2001:db8::9",
                  false);
    assert_client("5.6.7.8", "1.2.3.4", trusted, "1.2.3.4", false);
    assert_client("127.0.0.1", "1.2.3.4, 5.6.8.1", trusted, "5.6.8.1", false);
    assert_client("127.0.0.1", "1.2.3.4, ::ffff:5.6.7.8", trusted, "1.2.3.4", false);
}

/* What the first of them says is no address: so it is counted, not the web server. */
static void
the_last_proxy_that_is_known_is_counted_if_it_says_no_address(void **state)
{
    const char *trusted = "127.0.0.1 5.6.7.0/24";

    (void)state;
    assert_client("127.0.0.1", "unknown, 5.6.7.8", trusted, "5.6.7.8", false);
    assert_client("127.0.0.1", ", 5.6.7.8", trusted, "5.6.7.8", false);
    assert_client("127.0.0.1", "1.2.3.4, , 5.6.7.8", trusted, "5.6.7.8", false);
}

static void
a_header_with_many_proxies_is_read_to_the_32nd(void **state)
{
    char header[1000] = "1.2.3.4", *end = header + strlen(header);

    (void)state;
    for (int i = 1; i <= 33; i++) {
        end += sprintf(end, ",5.6.7.%d", i);
        if (i <= 31) {
            assert_client("127.0.0.1", header, "127.0.0.1 5.6.7.0/24", "1.2.3.4", false);
        }
    }
    assert_client("127.0.0.1", header, "127.0.0.1 5.6.7.0/24", "5.6.7.2", false);
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
    static const char *const nothing[] = {",",
                                          "unknown",
                                          "198.51.100.1, ",
                                          "_hidden",
                                          "1.1.1.1, x",
                                          "1.1.1.1:80, [",
                                          "[198.51.100",
                                          "198.51.100.1.:80",
                                          "1.1:80",
                                          ":80",
                                          "198.51.100.256",
                                          "\x01",
                                          "[1.1.1.1]",
                                          "[]",
                                          "\"",
                                          "\"\"",
                                          "\"1.1.1.1",
                                          "[2001:db8::9]:",
                                          "[2001:db8::9]:x",
                                          "[\"::1\"]"};

    (void)state;
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
        assert_client("127.0.0.1", nothing[i], "127.0.0.1", "127.0.0.1", false);
    }
}

static void
an_address_may_have_a_port_brackets_and_quotes(void **state)
{
    static const struct {
        const char *text, *address;
    } rows[] = {
        {"198.51.100.1:80", "198.51.100.1"},      {"[2001:db8::9]:4711", "2001:db8::9"},
        {"[2001:db8::9]", "2001:db8::9"},         {"2001:db8::9", "2001:db8::9"},
        {"\"198.51.100.1\"", "198.51.100.1"},     {"\"198.51.100.1:80\"", "198.51.100.1"},
        {"\"[2001:db8::9]:443\"", "2001:db8::9"}, {"\"[2001:db8::9]\"", "2001:db8::9"},
        {"\"2001:db8::9\"", "2001:db8::9"},
    };
    char header[100];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(header, sizeof(header), "1.1.1.1, %s ", rows[i].text);
        assert_client("127.0.0.1", header, "127.0.0.1", rows[i].address, false);
    }
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
        cmocka_unit_test(what_an_untrusted_address_says_counts_for_nothing),
        cmocka_unit_test(trusted_proxies_behind_each_other_are_skipped),
        cmocka_unit_test(the_last_proxy_that_is_known_is_counted_if_it_says_no_address),
        cmocka_unit_test(a_header_with_many_proxies_is_read_to_the_32nd),
        cmocka_unit_test(a_proxy_that_says_no_address_is_counted_as_a_client),
        cmocka_unit_test(an_address_may_have_a_port_brackets_and_quotes),
        cmocka_unit_test(a_proxy_that_does_not_say_is_itself_the_client),
        cmocka_unit_test(a_proxy_behind_a_proxy_is_one),
        cmocka_unit_test(what_has_no_address_is_unknown),
    };

    return cmocka_run_group_tests_name("client_addr", tests, NULL, NULL);
}
