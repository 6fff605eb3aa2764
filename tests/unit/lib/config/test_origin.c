/* test_origin.c - origins of web pages: those that browsers send, and what is said of others. */
#include "lib/config/origin.h"

#include <stdio.h>

#include "tests/unit/unit.h"

static char said[1000];

static const char *
explain(const char *list)
{
    origin_list_explain(list, said, sizeof(said));
    return said;
}

static void
what_browsers_send_is_valid(void **state)
{
    static const char *const lists[] = {
        "*",
        "null",
        "https://a.com",
        " https://a.com  http://b.com ",
        "http://localhost:3000",
        "http://a.com:443",
        "https://a.com:80",
        "https://a.com:65535",
        "https://a.com.",
        "https://my_host-1.a.com",
        "https://xn--bcher-kva.example",
        "https://3com.com",
        "https://a.0xyz",
        "http://127.0.0.1:8080",
        "http://[::1]",
        "http://[::1]:3000",
        "http://[2001:db8::1:0:0:1]",
        "http://[1:0:1:1:1:1:1:1]",
        "http://[::ffff:102:304]",
        "http://[1::]",
        "http://[::]",
        "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai",
        "moz-extension://7a1b2c3d-0000-4000-8000-000000000000",
        "capacitor://localhost",
        "ionic://localhost",
        "app://.",
        "file://",
        "null https://a.com",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (!origin_list_is_valid(lists[i])) {
            fail_msg("refused: %s: %s", lists[i], explain(lists[i]));
        }
        assert_string_equal(explain(lists[i]), "");
    }
}

/* Each is what somebody may write for the origin on its right. */
static void
what_is_meant_is_said(void **state)
{
    static const struct {
        const char *word, *fault, *right;
    } rows[] = {
        {"https://a.com/", "has a path", "https://a.com"},
        {"https://a.com/chat/", "has a path", "https://a.com"},
        {"https://a.com?x=/", "has a query", "https://a.com"},
        {"https://a.com#x", "has a fragment", "https://a.com"},
        {"https://me:secret@a.com", "has a user", "https://a.com"},
        {"https://me@you@a.com", "has a user", "https://a.com"},
        {"https://Example.com", "is not in lower case", "https://example.com"},
        {"HTTPS://example.com", "is not in lower case", "https://example.com"},
        {"HTTP://Me:X@A.COM:80/", "has a path", "http://a.com"},
        {"https://a.com:443", "has the default port, which browsers leave out", "https://a.com"},
        {"http://a.com:80", "has the default port, which browsers leave out", "http://a.com"},
        {"https://a.com:0443", "has the default port, which browsers leave out", "https://a.com"},
        {"https://a.com:08443", "is not as browsers write it", "https://a.com:8443"},
        {"https://a.com:", "has a colon without a port", "https://a.com"},
        {"a.com", "has no scheme", "https://a.com (or http://)"},
        {"localhost:3000", "has no scheme", "https://localhost:3000 (or http://)"},
        {"//a.com", "has no scheme", "https://a.com (or http://)"},
        {"a.com/http://b.com", "has no scheme", "https://a.com (or http://)"},
        {"https:a.com", "has no scheme", "https://a.com"},
        {"http:/a.com", "has no scheme", "http://a.com"},
        {"wss://a.com", "is the address of a WebSocket, not of a page", "https://a.com"},
        {"ws://a.com:9000", "is the address of a WebSocket, not of a page", "http://a.com:9000"},
        {"wss://a.com:443", "is the address of a WebSocket, not of a page", "https://a.com"},
        {"http://::1", "has an IPv6 address without brackets", "http://[::1]"},
        {"http://[0:0::1]:80", "has the default port, which browsers leave out", "http://[::1]"},
        {"http://[0:0:0:0:0:0:0:1]", "is not as browsers write it", "http://[::1]"},
        {"http://[2001:DB8::1]", "is not in lower case", "http://[2001:db8::1]"},
        {"http://[::ffff:1.2.3.4]", "is not as browsers write it", "http://[::ffff:102:304]"},
        {"http://[1:0:0:2:0:0:0:3]", "is not as browsers write it", "http://[1:0:0:2::3]"},
        {"http://127.1", "is not as browsers write it", "http://127.0.0.1"},
        {"http://0x7f.1", "is not as browsers write it", "http://127.0.0.1"},
        {"http://2130706433", "is not as browsers write it", "http://127.0.0.1"},
        {"http://010.0.0.1", "is not as browsers write it", "http://8.0.0.1"},
        {"http://127.0.0.1.", "is not as browsers write it", "http://127.0.0.1"},
        {"NULL", "is not as browsers write it", "null"},
        {"file:///", "has a path", "file://"},
        {"capacitor://localhost/", "has a path", "capacitor://localhost"},
    };
    char wanted[300];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(origin_list_is_valid(rows[i].word));
        snprintf(wanted, sizeof(wanted), "\"%s\" %s, write %s", rows[i].word, rows[i].fault,
                 rows[i].right);
        assert_string_equal(explain(rows[i].word), wanted);
    }
}

/* Nothing can be guessed. */
static void
what_is_no_origin_at_all_is_told_the_form(void **state)
{
    static const struct {
        const char *word, *wanted;
    } rows[] = {
        {"1http://a.com", "\"1http://a.com\" has a scheme that is none, write an origin as "
                          "https://example.org"},
        {"://a.com", "\"://a.com\" has a scheme that is none, write an origin as "
                     "https://example.org"},
        {"http://", "\"http://\" has no host, write an origin as https://example.org"},
        {"https:///a.com", "\"https:///a.com\" has no host, write an origin as "
                           "https://example.org"},
        {"https://a.com:x", "\"https://a.com:x\" has a port that is none, write an origin as "
                            "https://example.org"},
        {"https://a.com:0", "\"https://a.com:0\" has a port that is none, write an origin as "
                            "https://example.org"},
        {"https://a.com:65536", "\"https://a.com:65536\" has a port that is none, write an origin "
                                "as https://example.org"},
        {"https://*.a.com", "\"https://*.a.com\" is a pattern, and each origin has to be listed, "
                            "write an origin as https://example.org"},
        {"https://b\xc3\xbc"
         "cher.de",
         "\"https://b\xc3\xbc"
         "cher.de\" has letters outside ASCII, write the host in punycode, "
         "as https://xn--bcher-kva.example"},
        {"https://a%41.com", "\"https://a%41.com\" has a character that no host has, write an "
                             "origin as https://example.org"},
        {"https://a..com", "\"https://a..com\" has an empty part in its host, write an origin as "
                           "https://example.org"},
        {"https://.a.com", "\"https://.a.com\" has an empty part in its host, write an origin as "
                           "https://example.org"},
        {"http://1.2.3.4.5", "\"http://1.2.3.4.5\" has a host that is no IPv4 address, write an "
                             "origin as https://example.org"},
        {"http://a.1", "\"http://a.1\" has a host that is no IPv4 address, write an origin as "
                       "https://example.org"},
        {"http://[::1", "\"http://[::1\" has brackets without an IPv6 address, write an origin as "
                        "https://example.org"},
        {"http://[fe80::1%eth0]", "\"http://[fe80::1%eth0]\" has brackets without an IPv6 address, "
                                  "write an origin as https://example.org"},
        {"http://[::1]80", "\"http://[::1]80\" has brackets without an IPv6 address, write an "
                           "origin as https://example.org"},
        {"http://[1.2.3.4]", "\"http://[1.2.3.4]\" has brackets without an IPv6 address, write an "
                             "origin as https://example.org"},
        {"https://a.com,https://b.com", "\"https://a.com,https://b.com\" has a comma, separate "
                                        "origins by spaces"},
        {"https://a.com *", "\"*\" is not alone, write * for any origin, or only the origins"},
        {" *", "\"*\" is not alone, write * for any origin, or only the origins"},
        {"\xff", "\"\xff\" has letters outside ASCII, write the host in punycode, as "
                 "https://xn--bcher-kva.example"},
        {"a\tb", "\"a\tb\" has a character that no host has, write an origin as "
                 "https://example.org"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(origin_list_is_valid(rows[i].word));
        assert_string_equal(explain(rows[i].word), rows[i].wanted);
    }
}

static void
each_wrong_word_of_a_list_is_told(void **state)
{
    (void)state;
    assert_string_equal(explain("https://a.com/ https://b.com B.com"),
                        "\"https://a.com/\" has a path, write https://a.com; \"B.com\" has no "
                        "scheme, write https://b.com (or http://)");
    assert_false(origin_list_is_valid("https://b.com https://a.com/"));
    assert_string_equal(explain("https://a.com\\x"),
                        "\"https://a.com\\\\x\" has a path, write https://a.com");
}

static void
a_list_without_a_word_is_none(void **state)
{
    (void)state;
    assert_false(origin_list_is_valid(""));
    assert_false(origin_list_is_valid("  "));
    assert_string_equal(explain("  "), "");
}

static void
any_length_is_borne(void **state)
{
    char list[5000], small[20];

    (void)state;
    memset(list, 'a', sizeof(list));
    memcpy(list, "https://", 8);
    for (size_t length = 280; length < 320; length++) {
        list[length] = '\0';
        assert_int_equal(origin_list_is_valid(list), length < 300);
        list[length] = 'a';
    }
    for (size_t i = 0; i < sizeof(list) - 3; i += 3) {
        memcpy(list + i, "a/ ", 3);
    }
    list[sizeof(list) - 1] = '\0';
    assert_false(origin_list_is_valid(list));
    assert_int_equal(strlen(explain(list)), sizeof(said) - 1);
    origin_list_explain(list, small, sizeof(small));
    assert_string_equal(small, "\"a/\" has no scheme,");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_browsers_send_is_valid),
        cmocka_unit_test(what_is_meant_is_said),
        cmocka_unit_test(what_is_no_origin_at_all_is_told_the_form),
        cmocka_unit_test(each_wrong_word_of_a_list_is_told),
        cmocka_unit_test(a_list_without_a_word_is_none),
        cmocka_unit_test(any_length_is_borne),
    };

    return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
