/* test_multipart.c - the fields of a multipart/form-data body. */
#include "fcgi-api/http/multipart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/unit/unit.h"

/* Collects fields as "name=value;". */
static bool
collect(void *arg, struct str name, struct str value)
{
    struct text *t = arg;

    text_add(t, name.p, name.len);
    text_add_str(t, "=");
    text_add(t, value.p, value.len);
    text_add_str(t, ";");
    return true;
}

static bool
refuse(void *arg, struct str name, struct str value)
{
    (void)arg;
    (void)name;
    (void)value;
    return false;
}

static enum multipart_result
parse(struct str body, const char *boundary, multipart_fn *fn, void *arg)
{
    struct str name;

    return multipart_parse(body, str_of(boundary), fn, arg, &name);
}

static void
expect(struct str body, const char *fields)
{
    struct text t;

    text_init(&t);
    text_add_str(&t, "");
    assert_int_equal(parse(body, "b", collect, &t), MULTIPART_OK);
    assert_bytes(text_str(&t), str_of(fields));
    text_fini(&t);
}

static void
expect_fault(struct str body, enum multipart_result wanted)
{
    struct text t;

    text_init(&t);
    assert_int_equal(parse(body, "b", collect, &t), wanted);
    text_fini(&t);
}

#define PART(name, value) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"

static void
boundary_is_found_quoted_and_unquoted(void **state)
{
    static const struct {
        const char *type;
        const char *boundary; /* NULL: none */
    } cases[] = {
        {"multipart/form-data; boundary=abc", "abc"},
        {"multipart/form-data;boundary=abc;charset=utf-8", "abc"},
        {"multipart/form-data; charset=utf-8; BOUNDARY=abc", "abc"},
        {"multipart/form-data; boundary=\"a b;c\"", "a b;c"},
        {"multipart/form-data; x=\"boundary=no\"; boundary=yes", "yes"},
        {"multipart/form-data; x; boundary=abc", "abc"},
        {"multipart/form-data;; boundary=abc;", "abc"},
        {"multipart/form-data; boundary = abc ", "abc"},
        {"multipart/form-data", NULL},
        {"multipart/form-data; boundary=", NULL},
        {"multipart/form-data; boundary=\"\"", NULL},
        {"multipart/form-data; boundary=\"abc", NULL},
        {"multipart/form-data; boundary=\"a\\\"b\"", NULL},
        {"multipart/form-data; boundary=\"ends in a blank \"", NULL},
        {"multipart/form-data; boundary", NULL},
        {"", NULL},
    };
    char longest[200] = "multipart/form-data; boundary=";

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct str found = multipart_boundary(str_of(cases[i].type));

        if (cases[i].boundary == NULL) {
            assert_null(found.p);
        } else {
            assert_bytes(found, str_of(cases[i].boundary));
        }
    }
    memset(longest + 30, 'x', 71);
    assert_null(multipart_boundary(str_make(longest, 101)).p);
    assert_int_equal(multipart_boundary(str_make(longest, 100)).len, 70);
}

static void
multipart_gives_fields_in_order(void **state)
{
    (void)state;
    expect(BYTES("--b\r\n" PART("a", "1") "--b\r\n" PART("b", "") "--b\r\n" PART("a",
                                                                                 "2") "--b--\r\n"),
           "a=1;b=;a=2;");
    expect(BYTES("--b--"), "");
}

static void
multipart_passes_over_preamble_and_epilogue(void **state)
{
    (void)state;
    expect(BYTES("some --b text\r\nmore\r\n--b\r\n" PART("a", "1") "--b--\r\nepilogue\r\n--b\r\n"),
           "a=1;");
    expect(BYTES("\r\n--b\r\n" PART("a", "1") "--b--"), "a=1;");
}

static void
multipart_takes_what_only_looks_like_a_boundary_as_value(void **state)
{
    (void)state;
    expect(BYTES("--b\r\n" PART("a", "x--b\r\n--bc\r\n -\r--b-\n--b") "--b--"),
           "a=x--b\r\n--bc\r\n -\r--b-\n--b;");
    expect(BYTES("--b \t\r\n" PART("a", "1\r\n") "--b--"), "a=1\r\n;");
}

static void
multipart_keeps_every_byte_of_a_value(void **state)
{
    (void)state;
    expect(BYTES("--b\r\n" PART("a", "\xe4\xbd\xa0 \"\\;=\t\x01") "--b--"),
           "a=\xe4\xbd\xa0 \"\\;=\t\x01;");
}

static void
multipart_takes_a_file_as_a_field(void **state)
{
    (void)state;
    expect(BYTES("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n"
                 "Content-Type: text/plain\r\n\r\nfile\r\n--b\r\n" PART(
                     "a", "1") "--b\r\n"
                               "Content-Disposition: form-data; name=f; "
                               "filename*=utf-8''y\r\n\r\nfile2\r\n--b--"),
           "f=file;a=1;f=file2;");
}

static void
multipart_reads_headers_in_any_case_and_order(void **state)
{
    (void)state;
    expect(BYTES("--b\r\nX-Other: 1\r\nCONTENT-disposition :form-data;NAME=a\r\n"
                 "Content-Type: text/plain; name=no\r\n\r\n1\r\n--b--"),
           "a=1;");
}

static void
multipart_takes_transfer_encodings_that_mean_nothing(void **state)
{
    (void)state;
    expect(BYTES("--b\r\nContent-Transfer-Encoding: binary\r\n" PART(
               "a", "1") "--b\r\n"
                         "content-transfer-encoding:8BIT \r\n" PART(
                             "b", "2") "--b\r\n"
                                       "Content-Disposition: form-data; name=c\r\n"
                                       "Content-Transfer-Encoding: 7bit\r\n\r\n3\r\n--b--"),
           "a=1;b=2;c=3;");
}

static void
multipart_refuses_a_part_that_wants_decoding(void **state)
{
    static const char *const encodings[] = {"base64", "quoted-printable", "BASE64", "",
                                            "7bit, base64"};

    (void)state;
    for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
        char body[200];
        struct text t;
        struct str name;

        snprintf(body, sizeof(body),
                 "--b\r\n" PART("a", "1") "--b\r\nContent-Transfer-Encoding: %s\r\n" PART(
                     "c", "MQ==") "--b--",
                 encodings[i]);
        text_init(&t);
        assert_int_equal(multipart_parse(str_of(body), BYTES("b"), collect, &t, &name),
                         MULTIPART_ENCODED);
        assert_bytes(name, BYTES("c"));
        text_fini(&t);
    }
}

static void
multipart_tells_what_is_wrong(void **state)
{
    static const struct {
        const char *body;
        enum multipart_result result;
    } cases[] = {
        {"", MULTIPART_NO_DELIMITER},
        {"no boundary", MULTIPART_NO_DELIMITER},
        {"--b", MULTIPART_NO_DELIMITER},
        {"--c\r\n" PART("a", "1") "--c--", MULTIPART_NO_DELIMITER},
        {"x--b\r\n" PART("a", "1") "--b--", MULTIPART_NO_DELIMITER},
        {"--b\r\n", MULTIPART_NO_END},
        {"--b\r\n" PART("a", "1"), MULTIPART_NO_END},
        {"--b\r\n" PART("a", "1") "--b", MULTIPART_NO_END},
        {"--b\r\n" PART("a", "1\n") "--bc\r\n", MULTIPART_NO_END},
        {"--b\r\n--b--", MULTIPART_NO_END}, /* its line end belongs to the line before */
        {"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n--b--", MULTIPART_NO_HEADERS},
        {"--b\r\nno colon\r\n\r\n1\r\n--b--", MULTIPART_NO_HEADERS},
        {"--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--", MULTIPART_NO_NAME},
        {"--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--", MULTIPART_NO_NAME},
        {"--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--b--", MULTIPART_NO_NAME},
    };

    (void)state;
    expect_fault(str_make(NULL, 0), MULTIPART_NO_DELIMITER); /* no body at all */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        expect_fault(str_of(cases[i].body), cases[i].result);
    }
    assert_int_equal(parse(BYTES("--b\r\n" PART("a", "1") "--b--"), "b", refuse, NULL),
                     MULTIPART_REFUSED);
}

static void
multipart_tells_lines_that_end_in_lf_alone(void **state)
{
    static const char *const bodies[] = {
        "--b\nContent-Disposition: form-data; name=\"a\"\n\n1\n--b--\n",
        "--b\nContent-Disposition: form-data; name=\"a\"\n\n1\n--b--",
        "\n--b\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\n\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nX: y\n\n1\r\n\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\n--b--",
        "preamble\n--b\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        expect_fault(str_of(bodies[i]), MULTIPART_LF);
    }
}

/* Every truncation, in memory of just that size, so that a byte read too far is found (ASan). */
static void
multipart_never_reads_beyond_a_truncated_body(void **state)
{
    struct str whole = BYTES("pre\r\n--b\r\nContent-Type: text/plain; x=\"y\\\"z\"\r\n" PART(
        "a",
        "1\r\n--") "--b\r\nContent-Disposition: form-data; name=f; filename=g\r\n\r\n\r\n--b--");

    (void)state;
    for (size_t length = 0; length < whole.len; length++) {
        char *cut = mem_alloc(length);
        struct text t;

        memcpy(cut, whole.p, length);
        text_init(&t);
        assert_int_not_equal(parse(str_make(cut, length), "b", collect, &t), MULTIPART_OK);
        (void)multipart_boundary(str_make(cut, length));
        text_fini(&t);
        free(cut);
    }
    expect(whole, "a=1\r\n--;f=;");
}

static void
multipart_is_linear_in_hostile_bodies(void **state)
{
    enum {
        SIZE = 1 << 20
    };
    char *body = mem_alloc(SIZE);
    struct text t;

    (void)state;
    for (size_t i = 0; i < SIZE; i++) {
        body[i] = "\r\n--"[i % 4];
    }
    text_init(&t);
    /* Quadratic behaviour would take minutes. */
    assert_int_equal(parse(str_make(body, SIZE), "b", collect, &t), MULTIPART_NO_DELIMITER);
    memset(body, '\r', SIZE);
    assert_int_equal(parse(str_make(body, SIZE), "b", collect, &t), MULTIPART_NO_DELIMITER);
    memset(body, '\n', SIZE);
    assert_int_equal(parse(str_make(body, SIZE), "b", collect, &t), MULTIPART_NO_DELIMITER);
    text_fini(&t);
    free(body);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boundary_is_found_quoted_and_unquoted),
        cmocka_unit_test(multipart_gives_fields_in_order),
        cmocka_unit_test(multipart_passes_over_preamble_and_epilogue),
        cmocka_unit_test(multipart_takes_what_only_looks_like_a_boundary_as_value),
        cmocka_unit_test(multipart_keeps_every_byte_of_a_value),
        cmocka_unit_test(multipart_takes_a_file_as_a_field),
        cmocka_unit_test(multipart_reads_headers_in_any_case_and_order),
        cmocka_unit_test(multipart_takes_transfer_encodings_that_mean_nothing),
        cmocka_unit_test(multipart_refuses_a_part_that_wants_decoding),
        cmocka_unit_test(multipart_tells_what_is_wrong),
        cmocka_unit_test(multipart_tells_lines_that_end_in_lf_alone),
        cmocka_unit_test(multipart_never_reads_beyond_a_truncated_body),
        cmocka_unit_test(multipart_is_linear_in_hostile_bodies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
