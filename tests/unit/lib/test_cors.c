/* test_cors.c - which other sites' pages may read our answers. */
#include "lib/cors.h"

#include <stdio.h>

#include "tests/unit/unit.h"

static void
assert_headers(const char *origins, const char *origin, struct str wanted)
{
    struct text headers;

    text_init(&headers);
    cors_add(&headers, origins, str_of(origin));
    assert_bytes(text_str(&headers), wanted);
    text_fini(&headers);
}

static void
assert_preflight(const char *origins, const char *origin, struct str wanted)
{
    struct text headers;

    text_init(&headers);
    cors_add_preflight(&headers, origins, str_of(origin), "POST, OPTIONS", str_make(NULL, 0));
    assert_bytes(text_str(&headers), wanted);
    text_fini(&headers);
}

/* Which headers are allowed besides our own, if a page asks for these? */
static void
assert_asked(struct str asked, const char *wanted)
{
    struct text headers;
    char line[2000];

    text_init(&headers);
    cors_add_preflight(&headers, "*", str_of("https://a"), "POST", asked);
    snprintf(line, sizeof(line),
             "\r\nAccess-Control-Allow-Headers: userId, token, content-type%s\r\n", wanted);
    assert_non_null(strstr(headers.bytes, line));
    text_fini(&headers);
}

static void
star_allows_every_origin(void **state)
{
    (void)state;
    assert_headers("*", "https://a", BYTES("Access-Control-Allow-Origin: *\r\n"));
    assert_headers("*", "", BYTES("Access-Control-Allow-Origin: *\r\n"));
}

static void
listed_origin_is_echoed(void **state)
{
    static const char list[] = "https://a  http://b:8080";

    (void)state;
    assert_headers(list, "https://a",
                   BYTES("Vary: Origin\r\nAccess-Control-Allow-Origin: https://a\r\n"));
    assert_headers(list, "http://b:8080",
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
        assert_headers("https://a http://b:8080", others[i], BYTES("Vary: Origin\r\n"));
        assert_headers("", others[i], BYTES("Vary: Origin\r\n"));
        assert_preflight("https://a http://b:8080", others[i],
                         BYTES("Vary: Origin, Access-Control-Request-Headers\r\n"));
    }
}

static void
preflight_is_told_methods_and_headers(void **state)
{
    (void)state;
    assert_preflight("*", "https://a",
                     BYTES("Vary: Access-Control-Request-Headers\r\n"
                           "Access-Control-Allow-Origin: *\r\n"
                           "Access-Control-Allow-Methods: POST, OPTIONS\r\n"
                           "Access-Control-Allow-Headers: userId, token, content-type\r\n"
                           "Access-Control-Max-Age: 86400\r\n"));
    assert_preflight("https://a", "https://a",
                     BYTES("Vary: Origin, Access-Control-Request-Headers\r\n"
                           "Access-Control-Allow-Origin: https://a\r\n"
                           "Access-Control-Allow-Methods: POST, OPTIONS\r\n"
                           "Access-Control-Allow-Headers: userId, token, content-type\r\n"
                           "Access-Control-Max-Age: 86400\r\n"));
}

static void
preflight_allows_what_it_asks_for(void **state)
{
    (void)state;
    assert_asked(str_of("traceparent"), ", traceparent");
    assert_asked(str_of("content-type,token,traceparent,userid,x-requested-with"),
                 ", traceparent, x-requested-with");
    assert_asked(str_of(" X-A ,\tx-b, ,,x-c,"), ", X-A, x-b, x-c");
    assert_asked(str_of("!#$%&'*+-.^_`|~09"), ", !#$%&'*+-.^_`|~09");
    assert_asked(str_of(""), "");
    assert_asked(str_of(","), "");
}

static void
preflight_never_allows_the_admins_token_or_everything(void **state)
{
    static const char *const never[] = {"adminToken",
                                        "admintoken",
                                        "ADMINTOKEN,",
                                        " adminToken ",
                                        "*",
                                        "*, adminToken",
                                        "userId,TOKEN,Content-Type"};

    (void)state;
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        assert_asked(str_of(never[i]), "");
    }
    assert_asked(str_of("admintoken,x-a,*,adminTokens"), ", x-a, adminTokens");
}

static void
preflight_repeats_nothing_but_names(void **state)
{
    (void)state;
    assert_asked(str_of("a b,c:d,e\r\nx: y,\"f\",\xc3\xa9,g(h),ok,i;j,k/l,\x7f"), ", ok");
    assert_asked(BYTES("a\0b,ok"), ", ok");
}

static void
preflight_repeats_a_kilobyte_at_most(void **state)
{
    struct text headers;
    struct text asked;

    (void)state;
    text_init(&asked);
    for (int i = 0; i < 2000; i++) {
        text_add_str(&asked, "x-more,");
    }
    text_add_str(&asked, "y");
    text_init(&headers);
    cors_add_preflight(&headers, "*", str_of("https://a"), "POST", text_str(&asked));
    assert_in_range(headers.len, 1024, 1300);
    text_fini(&headers);
    text_fini(&asked);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(star_allows_every_origin),
        cmocka_unit_test(listed_origin_is_echoed),
        cmocka_unit_test(other_origin_is_told_nothing_but_that_it_varies),
        cmocka_unit_test(preflight_is_told_methods_and_headers),
        cmocka_unit_test(preflight_allows_what_it_asks_for),
        cmocka_unit_test(preflight_never_allows_the_admins_token_or_everything),
        cmocka_unit_test(preflight_repeats_nothing_but_names),
        cmocka_unit_test(preflight_repeats_a_kilobyte_at_most),
    };

    return cmocka_run_group_tests_name("cors", tests, NULL, NULL);
}
