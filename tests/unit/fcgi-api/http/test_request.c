/* test_request.c - a request as the web server's variables tell it, and its parameters by kind. */
#include "fcgi-api/http/request.h"

#include "fcgi-api/endpoints/endpoint.h"
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
    const char *pairs[] = {
        "REQUEST_METHOD", "POST", "PATH_INFO",    "/a",  "SCRIPT_NAME", "/b",
        "QUERY_STRING",   "x=1",  "CONTENT_TYPE", "t/t", "HTTP_USERID", " \tu 1\t",
        "HTTP_TOKEN",     "t\n",  "HTTP_ORIGIN",  "o",   NULL};
    struct request r;

    (void)state;
    request_read(&r, get, pairs);
    assert_bytes(r.method, BYTES("POST"));
    assert_bytes(r.path, BYTES("/a"));
    assert_bytes(r.query, BYTES("x=1"));
    assert_bytes(r.content_type, BYTES("t/t"));
    assert_bytes(r.origin, BYTES("o"));
    assert_bytes(r.user, BYTES("u 1"));
    assert_bytes(r.token, BYTES("t\n")); /* for the id rules to refuse */
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

/* The parameter p of a query, as an integer; its fault. */
static int
fault_of_int(const char *query, int64_t *n)
{
    struct request r = {.query = str_of(query)};
    struct form f;
    struct exchange ex = {.form = &f};

    assert_int_equal(form_read(&f, &r), FORM_OK);
    *n = param_int(&ex, "p", -10, INT64_MAX);
    if (ex.fault != 0) {
        assert_non_null(strstr(ex.fault_msg, "p"));
    }
    form_fini(&f);
    return ex.fault;
}

static void
param_int_is_strict(void **state)
{
    static const char *const bad[] = {"q=1",
                                      "p=",
                                      "p=x",
                                      "p=1x",
                                      "p=%201",
                                      "p=1%20",
                                      "p=%2B1",
                                      "p=1.0",
                                      "p=-11",
                                      "p=0x10",
                                      "p=-",
                                      "p=--1",
                                      "p=1e3",
                                      "p=9223372036854775808",
                                      "p=99999999999999999999999999"};
    int64_t n;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(fault_of_int(bad[i], &n), 400);
    }
    assert_int_equal(fault_of_int("p=-10", &n), 0);
    assert_int_equal(n, -10);
    assert_int_equal(fault_of_int("p=007", &n), 0);
    assert_int_equal(n, 7);
    assert_int_equal(fault_of_int("p=9223372036854775807", &n), 0);
    assert_true(n == INT64_MAX);
}

static void
param_id_names_what_is_missing_or_malformed(void **state)
{
    static const char *const bad[] = {"q=1", "groupId=", "groupId=a/b", "groupId=..",
                                      "groupId=%01"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct request r = {.query = str_of(bad[i])};
        struct form f;
        struct exchange ex = {.form = &f};

        assert_int_equal(form_read(&f, &r), FORM_OK);
        (void)param_id(&ex, "groupId");
        assert_int_equal(ex.fault, 400);
        assert_non_null(strstr(ex.fault_msg, "groupId"));
        (void)param_id(&ex, "other"); /* the first fault counts */
        assert_null(strstr(ex.fault_msg, "other"));
        form_fini(&f);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_reads_the_variables),
        cmocka_unit_test(request_takes_absent_and_empty_alike),
        cmocka_unit_test(request_takes_blanks_off_headers_alone),
        cmocka_unit_test(param_int_is_strict),
        cmocka_unit_test(param_id_names_what_is_missing_or_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
