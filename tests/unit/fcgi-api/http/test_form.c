/* test_form.c - the parameters of a request: body, query, and what is wrong with them. */
#include "fcgi-api/http/form.h"

#include <stdio.h>

#include "tests/unit/unit.h"

#define URLENCODED "application/x-www-form-urlencoded"
#define JSON       "application/json"
#define MULTIPART  "multipart/form-data; boundary=b"
#define PART(name, value)                                                                          \
    "--b\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"

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
expect_why(struct request r, enum form_result wanted, const char *why)
{
    struct form f;

    assert_int_equal(form_read(&f, &r), wanted);
    assert_string_equal(f.why, why);
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
form_names_what_is_no_text(void **state)
{
    char longest[3 * FORM_NAME_SHOWN] = "x";

    (void)state;
    expect_why(request_of(URLENCODED, "a=1&b=%FF", ""), FORM_MALFORMED, "b is not in UTF-8");
    expect_why(request_of(URLENCODED, "%FF=1", ""), FORM_MALFORMED, "a name is not in UTF-8");
    expect_why(request_of(URLENCODED, "=%FF", ""), FORM_MALFORMED,
               "a parameter without a name is not in UTF-8");
    expect_why(request_of("", "", "b=%00"), FORM_MALFORMED, "b has a NUL");
    expect_why(request_of(MULTIPART, PART("f", "\xff\xd8\xff") "--b--", ""), FORM_MALFORMED,
               "f is not in UTF-8");
    for (size_t i = 1; i + 8 < sizeof(longest); i += 3) { /* cut between characters */
        memcpy(longest + i, "\xe4\xbd\xa0", 3);
    }
    strcat(longest, "=%FF");
    expect_why(
        request_of(URLENCODED, longest, ""), FORM_MALFORMED,
        "x\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0"
        "\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0"
        "\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0"
        " is not in UTF-8");
}

static void
form_reads_json(void **state)
{
    (void)state;
    expect_field(request_of(JSON, "{\"a\":\"\\u4f60\",\"b\":1}", "b=2"), "a",
                 BYTES("\xe4\xbd\xa0"));
    expect_field(request_of(JSON, "{\"a\":\"x\",\"b\":1}", "b=2"), "b", BYTES("1"));
    expect_field(request_of(JSON, "{\"b\":1,\"b\":3}", "b=2"), "b", BYTES("1"));
    expect_field(request_of(JSON, "{\"b\":null}", "b=2"), "b", BYTES("2"));
    expect_field(request_of("Application/JSON; charset=utf-8", "{\"b\":1}", ""), "b", BYTES("1"));
    expect_field(request_of(JSON, "{}", "b=2"), "b", BYTES("2"));
    expect_field(request_of(JSON, "null", "b=2"), "b", BYTES("2"));
    expect_field(request_of(JSON, "", "b=2"), "b", BYTES("2"));
}

static void
form_tells_what_is_wrong_with_json(void **state)
{
    (void)state;
    expect_why(request_of(JSON, "{\"a\":1,}", ""), FORM_MALFORMED, "the body is no JSON at byte 7");
    expect_why(request_of(JSON, "a=1", ""), FORM_MALFORMED, "the body is no JSON at byte 0");
    expect_why(request_of(JSON, "[1]", ""), FORM_MALFORMED, "the JSON body is no object");
    expect_why(request_of(JSON, "{\"a\":1,\"b\":[1]}", ""), FORM_MALFORMED,
               "b is an object or array: must be text, a number or a boolean");
    expect_why(request_of(JSON, "{\"a\":\"\\ud800\"}", ""), FORM_MALFORMED,
               "a has half of a character, a single surrogate");
    expect_why(request_of(JSON, "{\"a\":\"\\u0000\"}", ""), FORM_MALFORMED, "a has a NUL");
    expect_why(request_of(JSON, "{\"a\":\"\xff\"}", ""), FORM_MALFORMED, "a is not in UTF-8");
    expect_why(request_of(JSON, "{\"\xff\":null}", ""), FORM_MALFORMED, "a name is not in UTF-8");
    expect_why(request_of(JSON, "{\"a\\u0000\":1}", ""), FORM_MALFORMED, "a has a NUL");
}

static void
form_tells_what_is_wrong_with_multipart(void **state)
{
    (void)state;
    expect_why(request_of("multipart/form-data", "x", ""), FORM_MALFORMED,
               "Content-Type has no valid boundary");
    expect_why(request_of(MULTIPART, "x", ""), FORM_MALFORMED,
               "the body has no line of the boundary that Content-Type names");
    expect_why(request_of(MULTIPART, PART("a", "1"), ""), FORM_MALFORMED,
               "the body has no end, --boundary--");
    expect_why(
        request_of(MULTIPART, "--b\nContent-Disposition: form-data; name=a\n\n1\n--b--\n", ""),
        FORM_MALFORMED, "lines of the body end in LF alone, must be CR LF");
    expect_why(request_of(MULTIPART, "--b\r\nx\r\n--b--", ""), FORM_MALFORMED,
               "a part has no headers with an empty line behind them");
    expect_why(request_of(MULTIPART, "--b\r\nx:y\r\n\r\n--b--", ""), FORM_MALFORMED,
               "a part has no headers with an empty line behind them");
    expect_why(request_of(MULTIPART, "--b\r\nx:y\r\n\r\n\r\n--b--", ""), FORM_MALFORMED,
               "a part has no name");
    expect_why(request_of(MULTIPART,
                          "--b\r\nContent-Transfer-Encoding: base64\r\n"
                          "Content-Disposition: form-data; name=a\r\n\r\n\r\n--b--",
                          ""),
               FORM_MALFORMED, "a has a Content-Transfer-Encoding, must be 7bit, 8bit or binary");
}

static void
form_ignores_a_body_of_another_type(void **state)
{
    static const char *const others[] = {"",
                                         "text/plain",
                                         "application/jsonx",
                                         "application/json-patch+json",
                                         "multipart/mixed",
                                         "multipart/form-dataX",
                                         URLENCODED "x"};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct request r = request_of(others[i], "a=1", "b=2");
        struct form f;

        assert_int_equal(form_read(&f, &r), FORM_OK);
        assert_true(f.body_ignored);
        assert_null(form_get(&f, "a").p);
        assert_bytes(form_get(&f, "b"), BYTES("2"));
        form_fini(&f);
        r.body.len = 0; /* no body: any type will do */
        assert_int_equal(form_read(&f, &r), FORM_OK);
        assert_false(f.body_ignored);
        form_fini(&f);
    }
}

static void
form_tells_a_content_encoding(void **state)
{
    static const char *const none[] = {"", "identity", " Identity ", "identity, identity", ","};
    struct request r = request_of(JSON, "{\"a\":1}", "");

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        r.content_encoding = str_of(none[i]);
        expect_field(r, "a", BYTES("1"));
    }
    r.content_encoding = str_of("gzip");
    expect_why(r, FORM_ENCODED, "gzip is not understood, only identity");
    r.content_encoding = str_of("identity,br");
    expect_why(r, FORM_ENCODED, "br is not understood, only identity");
    r.content_type = str_of("text/plain");
    expect_why(r, FORM_ENCODED, "br is not understood, only identity");
    r.body.len = 0; /* nothing is encoded */
    expect_result(r, FORM_OK);
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
    expect_why(r, FORM_MALFORMED, "more than 256 parameters");
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
        cmocka_unit_test(form_names_what_is_no_text),
        cmocka_unit_test(form_reads_json),
        cmocka_unit_test(form_tells_what_is_wrong_with_json),
        cmocka_unit_test(form_tells_what_is_wrong_with_multipart),
        cmocka_unit_test(form_ignores_a_body_of_another_type),
        cmocka_unit_test(form_tells_a_content_encoding),
        cmocka_unit_test(form_tells_a_body_that_was_too_large),
        cmocka_unit_test(form_takes_256_fields_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
