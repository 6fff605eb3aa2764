/* test_request.c - a request as the web server's variables tell it. */
#include "fcgi-api/http/request.h"

#include "tests/unit/unit.h"

/* arg: name, value, name, value, ..., NULL. */
static const char *
get(void *arg, const char *name)
{
    const char *const *pairs = arg;

    for (; *pairs != NULL; pairs += 2) {
        if (strcmp(*pairs, name) == 0) {
            return pairs[1];
        }
    }
    return NULL;
}

static void
request_reads_the_variables(void **state)
{
    const char *pairs[] = {"REQUEST_METHOD",
                           "POST",
                           "PATH_INFO",
                           "/a",
                           "SCRIPT_NAME",
                           "/b",
                           "QUERY_STRING",
                           "x=1",
                           "CONTENT_TYPE",
                           "t/t",
                           "HTTP_USERID",
                           " \tu 1\t",
                           "HTTP_TOKEN",
                           "t\n",
                           "HTTP_ADMINTOKEN",
                           " a ",
                           "HTTP_ORIGIN",
                           "o",
                           "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
                           "x,y",
                           NULL};
    struct request r;

    (void)state;
    request_read(&r, get, pairs);
    assert_bytes(r.method, BYTES("POST"));
    assert_bytes(r.path, BYTES("/a"));
    assert_bytes(r.query, BYTES("x=1"));
    assert_bytes(r.content_type, BYTES("t/t"));
    assert_bytes(r.origin, BYTES("o"));
    assert_bytes(r.asked_headers, BYTES("x,y"));
    assert_bytes(r.user, BYTES("u 1"));
    assert_bytes(r.token, BYTES("t\n")); /* for the id rules to refuse */
    assert_bytes(r.admin_token, BYTES("a"));
    assert_int_equal(r.operator_name.len, 0); /* no variable makes one */
    assert_int_equal(r.body.len, 0);
    assert_false(r.body_too_large);
}

static void
request_takes_absent_and_empty_alike(void **state)
{
    const char *pairs[] = {"PATH_INFO", "", "SCRIPT_NAME", "/b", "HTTP_USERID", "  ", NULL};
    struct request r;

    (void)state;
    request_read(&r, get, pairs);
    assert_bytes(r.path, BYTES("/b"));
    assert_bytes(r.user, BYTES(""));
    assert_bytes(r.token, BYTES(""));
    assert_bytes(r.method, BYTES(""));
}

static void
request_takes_blanks_off_headers_alone(void **state)
{
    const char *pairs[] = {"PATH_INFO", "/user/login ", "QUERY_STRING", " a=1 ", NULL};
    struct request r;

    (void)state;
    request_read(&r, get, pairs);
    assert_bytes(r.path, BYTES("/user/login "));
    assert_bytes(r.query, BYTES(" a=1 "));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_reads_the_variables),
        cmocka_unit_test(request_takes_absent_and_empty_alike),
        cmocka_unit_test(request_takes_blanks_off_headers_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
