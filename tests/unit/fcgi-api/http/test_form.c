/* test_form.c - the parameters of a request: body, query, and what is wrong with them. */
#include "fcgi-api/http/form.h"

#include <stdio.h>

#include "tests/unit/unit.h"

#define URLENCODED "application/x-www-form-urlencoded"

static struct request
request_of(const char *type, const char *body, const char *query)
{
    return (struct request){
        .content_type = str_of(type),
        .body = str_of(body),
        .query = str_of(query),
    };
}

static void
expect_result(struct request r, enum form_result wanted)
{
    struct form f;

    assert_int_equal(form_read(&f, &r), wanted);
    form_fini(&f);
}

static void
expect_field(struct request r, const char *name, struct str wanted)
{
    struct form f;

    assert_int_equal(form_read(&f, &r), FORM_OK);
    assert_bytes(form_get(&f, name), wanted);
    form_fini(&f);
}

static void
form_decodes_urlencoded(void **state)
{
    (void)state;
    expect_field(request_of(URLENCODED, "a=1&b=%E4%BD%A0+x%2B%26%3d", ""), "b",
                 BYTES("\xe4\xbd\xa0 x+&="));
    expect_field(request_of(URLENCODED, "a=b=c&d", ""), "a", BYTES("b=c"));
    expect_field(request_of(URLENCODED, "a=b=c&d", ""), "d", BYTES(""));
    expect_field(request_of(URLENCODED, "&&a=&&", ""), "a", BYTES(""));
    expect_field(request_of(URLENCODED, "%61b=%", ""), "ab", BYTES("%"));
    expect_field(request_of(URLENCODED "; charset=UTF-8", "a=1", ""), "a", BYTES("1"));
    expect_field(request_of("APPLICATION/X-WWW-form-urlencoded", "a=1", ""), "a", BYTES("1"));
}

static void
form_prefers_the_body_and_the_first(void **state)
{
    (void)state;
    expect_field(request_of(URLENCODED, "a=body&a=second", "a=query&b=q1&b=q2"), "a",
                 BYTES("body"));
    expect_field(request_of(URLENCODED, "a=body&a=second", "a=query&b=q1&b=q2"), "b", BYTES("q1"));
    expect_field(request_of("", "", "a=query"), "a", BYTES("query"));
    expect_field(request_of("multipart/form-data; boundary=b",
                            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--",
                            "a=query"),
                 "a", BYTES("x"));
}

static void
form_tells_absent_from_empty(void **state)
{
    struct request r = request_of(URLENCODED, "a=", "");
    struct form f;

    (void)state;
    assert_int_equal(form_read(&f, &r), FORM_OK);
    assert_non_null(form_get(&f, "a").p);
    assert_null(form_get(&f, "b").p);
    assert_null(form_get(&f, "").p);
    form_fini(&f);
}

static void
form_refuses_what_is_no_text(void **state)
{
    static const char *const bodies[] = {"a=%FF", "a=%00", "%ED%A0%80=1", "a=1&b=%C0%AF",
                                         "a=x%00y"};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        expect_result(request_of(URLENCODED, bodies[i], ""), FORM_MALFORMED);
        expect_result(request_of("", "", bodies[i]), FORM_MALFORMED);
    }
    expect_result((struct request){.content_type = str_of(URLENCODED), .body = BYTES("a=1\0b")},
                  FORM_MALFORMED);
}

static void
form_knows_two_types_of_body(void **state)
{
    static const char *const others[] = {"",
                                         "text/plain",
                                         "application/json",
                                         "multipart/mixed",
                                         "multipart/form-dataX",
                                         URLENCODED "x"};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        expect_result(request_of(others[i], "a=1", ""), FORM_UNSUPPORTED);
        expect_result(request_of(others[i], "", "a=1"), FORM_OK); /* no body: any type will do */
    }
    expect_result(request_of("multipart/form-data", "x", ""), FORM_MALFORMED); /* no boundary */
}

static void
form_tells_a_body_that_was_too_large(void **state)
{
    (void)state;
    expect_result((struct request){.content_type = str_of("text/plain"), .body_too_large = true},
                  FORM_TOO_LARGE);
}

static void
form_takes_256_fields_and_no_more(void **state)
{
    struct request r;
    struct text body;
    struct form f;

    (void)state;
    text_init(&body);
    for (int i = 0; i < FORM_FIELDS_MAX; i++) {
        char field[16];

        text_add(&body, field, (size_t)snprintf(field, sizeof(field), "f%d=%d&", i, i));
    }
    r = request_of(URLENCODED, body.bytes, "");
    assert_int_equal(form_read(&f, &r), FORM_OK);
    assert_bytes(form_get(&f, "f255"), BYTES("255"));
    form_fini(&f);
    text_add_str(&body, "more=1");
    r = request_of(URLENCODED, body.bytes, "");
    expect_result(r, FORM_MALFORMED);
    text_fini(&body);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form_decodes_urlencoded),
        cmocka_unit_test(form_prefers_the_body_and_the_first),
        cmocka_unit_test(form_tells_absent_from_empty),
        cmocka_unit_test(form_refuses_what_is_no_text),
        cmocka_unit_test(form_knows_two_types_of_body),
        cmocka_unit_test(form_tells_a_body_that_was_too_large),
        cmocka_unit_test(form_takes_256_fields_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
