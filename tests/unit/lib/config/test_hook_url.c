/* test_hook_url.c - the address of the site's review, and what is said of another one. */
#include "lib/config/hook_url.h"

#include "tests/unit/unit.h"

static void
an_http_address_is_taken(void **state)
{
    static const char *const urls[] = {
        "",
        "http://a",
        "http://localhost:8080",
        "http://my_site-1.example/review?key=a%20b&c=@",
        "http://127.0.0.1:65535/",
        "http://[::1]",
        "http://[::1]:1/x:y",
        "http://a?b",
    };
    char said[1000];

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        hook_url_explain(urls[i], said, sizeof(said));
        assert_string_equal(said, "");
        assert_true(hook_url_is_valid(urls[i]));
    }
}

static void
any_other_is_told_what_is_wrong(void **state)
{
    static const struct {
        const char *url;
        const char *said; /* is in what is said */
    } rows[] = {
        {"https://a/b", "\"https://a/b\" is not http://, write http:// and the address of a proxy"},
        {"HTTPS://a", "is not http://"},
        {"a.example/review", "does not begin with http://, write an address as http://127.0.0.1"},
        {"HTTP://a", "does not begin with http://"},
        {"http:/a", "does not begin with http://"},
        {"unix:/run/review", "does not begin with http://"},
        {"http://", "has no host"},
        {"http:///review", "has no host"},
        {"http://:80/", "has no host"},
        {"http://?a", "has no host"},
        {"http://me:secret@a/", "has a user, leave it out"},
        {"http://a:0", "has a port that is none"},
        {"http://a:65536/", "has a port that is none"},
        {"http://a:", "has a port that is none"},
        {"http://a:8o/", "has a port that is none"},
        {"http://a!/", "has a host that is none"},
        {"http://::1/", "has no host"},
        {"http://[::1/", "has a host that is none"},
        {"http://[1.2.3.4]/", "has a host that is none"},
        {"http://[::1]x/", "has a host that is none"},
        {"http://[]/", "has a host that is none"},
        {"http://a/#b", "has a fragment"},
        {"http://a/b c", "has a blank"},
        {"http://a/b\xc3\xa9", "has a blank, or a character outside ASCII"},
    };
    char said[1000];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(hook_url_is_valid(rows[i].url));
        hook_url_explain(rows[i].url, said, sizeof(said));
        if (strstr(said, rows[i].said) == NULL) {
            fail_msg("%s: %s", rows[i].url, said);
        }
    }
}

static void
a_host_has_253_bytes_at_most(void **state)
{
    char url[300];

    (void)state;
    memset(url, 'a', sizeof(url));
    memcpy(url, "http://", 7);
    url[7 + 253] = '\0';
    assert_true(hook_url_is_valid(url));
    url[7 + 253] = 'a';
    url[7 + 254] = '\0';
    assert_false(hook_url_is_valid(url));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_http_address_is_taken),
        cmocka_unit_test(any_other_is_told_what_is_wrong),
        cmocka_unit_test(a_host_has_253_bytes_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
