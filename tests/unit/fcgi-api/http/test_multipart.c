/* test_multipart.c - the fields of a multipart/form-data body. */
#include "fcgi-api/http/multipart.h"

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

static void
expect(struct str body, const char *boundary, bool ok, const char *fields)
{
    struct text t;

    text_init(&t);
    text_add_str(&t, "");
    assert_int_equal(multipart_parse(body, str_of(boundary), collect, &t), ok);
    if (ok) {
        assert_bytes(text_str(&t), str_of(fields));
    }
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
           "b", true, "a=1;b=;a=2;");
    expect(BYTES("--b--"), "b", true, "");
}

static void
multipart_passes_over_preamble_and_epilogue(void **state)
{
    (void)state;
    expect(BYTES("some --b text\r\nmore\r\n--b\r\n" PART("a", "1") "--b--\r\nepilogue\r\n--b\r\n"),
           "b", true, "a=1;");
    expect(BYTES("\r\n--b\r\n" PART("a", "1") "--b--"), "b", true, "a=1;");
}

static void
multipart_takes_what_only_looks_like_a_boundary_as_value(void **state)
{
    (void)state;
    expect(BYTES("--b\r\n" PART("a", "x--b\r\n--bc\r\n -\r--b-\n--b") "--b--"), "b", true,
           "a=x--b\r\n--bc\r\n -\r--b-\n--b;");
    expect(BYTES("--b \t\r\n" PART("a", "1\r\n") "--b--"), "b", true, "a=1\r\n;");
}

static void
multipart_keeps_every_byte_of_a_value(void **state)
{
    (void)state;
    expect(BYTES("--b\r\n" PART("a", "\xe4\xbd\xa0 \"\\;=\t\x01") "--b--"), "b", true,
           "a=\xe4\xbd\xa0 \"\\;=\t\x01;");
}

static void
multipart_passes_over_files(void **state)
{
    (void)state;
    expect(BYTES("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n"
                 "Content-Type: text/plain\r\n\r\nfile\r\n--b\r\n" PART(
                     "a", "1") "--b\r\n"
                               "Content-Disposition: form-data; name=f; "
                               "filename*=utf-8''y\r\n\r\nfile\r\n--b--"),
           "b", true, "a=1;");
}

static void
multipart_reads_headers_in_any_case_and_order(void **state)
{
    (void)state;
    expect(BYTES("--b\r\nX-Other: 1\r\nCONTENT-disposition :form-data;NAME=a\r\n"
                 "Content-Type: text/plain; name=no\r\n\r\n1\r\n--b--"),
           "b", true, "a=1;");
}

static void
multipart_refuses_malformed_bodies(void **state)
{
    static const char *const bodies[] = {
        "",
        "no boundary",
        "--b",
        "--b\r\n",
        "--b\r\n--b--",                                               /* a part without anything */
        "--b\r\n" PART("a", "1"),                                     /* not closed */
        "--b\r\n" PART("a", "1") "--b",                               /* cut */
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n--b--", /* no empty line */
        "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--",    /* no name */
        "--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--",
        "--b\r\nno colon\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--b--",
        "--c\r\n" PART("a", "1") "--c--",
        "x--b\r\n" PART("a", "1") "--b--",
    };

    (void)state;
    expect(str_make(NULL, 0), "b", false, ""); /* no body at all */
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        expect(str_of(bodies[i]), "b", false, NULL);
    }
    assert_false(multipart_parse(str_make(NULL, 0), BYTES("b"), refuse, NULL));
    assert_false(
        multipart_parse(BYTES("--b\r\n" PART("a", "1") "--b--"), BYTES("b"), refuse, NULL));
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
        assert_false(multipart_parse(str_make(cut, length), BYTES("b"), collect, &t));
        (void)multipart_boundary(str_make(cut, length));
        text_fini(&t);
        free(cut);
    }
    expect(whole, "b", true, "a=1\r\n--;");
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
    assert_false(multipart_parse(str_make(body, SIZE), BYTES("b"), collect, &t));
    memset(body, '\r', SIZE);
    assert_false(multipart_parse(str_make(body, SIZE), BYTES("b"), collect, &t));
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
        cmocka_unit_test(multipart_passes_over_files),
        cmocka_unit_test(multipart_reads_headers_in_any_case_and_order),
        cmocka_unit_test(multipart_refuses_malformed_bodies),
        cmocka_unit_test(multipart_never_reads_beyond_a_truncated_body),
        cmocka_unit_test(multipart_is_linear_in_hostile_bodies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
