/* test_cors.c - which other sites' pages may call us. */
#include "fcgi-api/http/cors.h"

#include "tests/unit/unit.h"

static void
assert_headers(const char *origins, const char *origin, const char *methods, struct str wanted)
{
    struct response r;

    response_init(&r);
    cors_add(&r, origins, str_of(origin), methods);
    assert_bytes(text_str(&r.headers), wanted);
    response_fini(&r);
}

static void
star_allows_every_origin(void **state)
{
    (void)state;
    assert_headers("*", "https://a", NULL, BYTES("Access-Control-Allow-Origin: *\r\n"));
    assert_headers("*", "", NULL, BYTES("Access-Control-Allow-Origin: *\r\n"));
}

static void
listed_origin_is_echoed(void **state)
{
    static const char list[] = "https://a  http://b:8080";

    (void)state;
    assert_headers(list, "https://a", NULL,
                   BYTES("Vary: Origin\r\nAccess-Control-Allow-Origin: https://a\r\n"));
    assert_headers(list, "http://b:8080", NULL,
                   BYTES("Vary: Origin\r\nAccess-Control-Allow-Origin: http://b:8080\r\n"));
}

static void
other_origin_is_told_nothing_but_that_it_varies(void **state)
{
    static const char *const others[] = {
        "",           "https://c", "https://a.evil",         "https://",
        "http://b:8", "*",         "https://a http://b:8080"};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_headers("https://a http://b:8080", others[i], "POST", BYTES("Vary: Origin\r\n"));
        assert_headers("", others[i], "POST", BYTES("Vary: Origin\r\n"));
    }
}

static void
preflight_is_told_methods_and_headers(void **state)
{
    (void)state;
    assert_headers("*", "https://a", "POST, OPTIONS",
                   BYTES("Access-Control-Allow-Origin: *\r\n"
                         "Access-Control-Allow-Methods: POST, OPTIONS\r\n"
                         "Access-Control-Allow-Headers: userId, token, content-type\r\n"
                         "Access-Control-Max-Age: 86400\r\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(star_allows_every_origin),
        cmocka_unit_test(listed_origin_is_echoed),
        cmocka_unit_test(other_origin_is_told_nothing_but_that_it_varies),
        cmocka_unit_test(preflight_is_told_methods_and_headers),
    };

    return cmocka_run_group_tests_name("cors", tests, NULL, NULL);
}
