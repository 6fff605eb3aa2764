/* test_multipart_bounds.c - multipart bodies cut and garbled, each ending where memory ends. */
#include "fcgi-api/http/multipart.h"

#include <string.h>

#include "tests/unit/fcgi-api/guarded.h"
#include "tests/unit/unit.h"

#define FIELD(name, value)                                                                         \
    "--b\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"

/* Collects fields as name=value; each. */
static bool
note(void *arg, struct str name, struct str value)
{
    text_add(arg, name.p, name.len);
    text_add_str(arg, "=");
    text_add(arg, value.p, value.len);
    text_add_str(arg, ";");
    return true;
}

static const char whole[] = "before\r\n" FIELD("user", "1") //
    "--b \t\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\\\"b\"\r\n"
    "Content-Type: text/plain\r\n\r\nfile\r\n" FIELD("password", "a\r\n--c\r\n") "--b--";

static void
truncated_body_is_malformed_and_never_read_beyond_its_end(void **state)
{
    struct guarded g = guarded_create(sizeof(whole));
    struct text found;
    struct str name;

    (void)state;
    text_init(&found);
    for (size_t length = 0; length < sizeof(whole) - 1; length++) {
        struct str cut = guarded_copy(&g, str_make(whole, length));

        assert_int_not_equal(multipart_parse(cut, str_of("b"), note, &found, &name), MULTIPART_OK);
    }
    text_clear(&found);
    assert_int_equal(
        multipart_parse(guarded_copy(&g, str_of(whole)), str_of("b"), note, &found, &name),
        MULTIPART_OK);
    assert_bytes(text_str(&found), str_of("user=1;f=file;password=a\r\n--c\r\n;"));
    text_fini(&found);
    guarded_destroy(&g);
}

static void
truncated_content_type_is_never_read_beyond_its_end(void **state)
{
    static const char type[] = "multipart/form-data; a ; c=\"x\\\"\"; boundary=\"a b\"; d=e";
    struct guarded g = guarded_create(sizeof(type));
    size_t found = 0;

    (void)state;
    for (size_t length = 0; length < sizeof(type); length++) {
        struct str boundary = multipart_boundary(guarded_copy(&g, str_make(type, length)));

        assert_true(boundary.p == NULL || str_is(boundary, "a b"));
        found += boundary.p != NULL;
    }
    assert_int_equal(found, sizeof("\"; d=e") - 1);
    guarded_destroy(&g);
}

/* Any byte of a body may be any other: it is parsed or refused, within its bounds. */
static void
mutated_body_stays_within_its_bounds(void **state)
{
    static const char puts[] = "\r\n-b\":;= \\\0x";
    struct guarded g = guarded_create(sizeof(whole));
    struct text found;
    struct str name;

    (void)state;
    text_init(&found);
    for (size_t at = 0; at < sizeof(whole) - 1; at++) {
        for (size_t i = 0; i < sizeof(puts) - 1; i++) {
            struct str body = guarded_copy(&g, str_of(whole));

            ((char *)(uintptr_t)body.p)[at] = puts[i];
            text_clear(&found);
            (void)multipart_parse(body, str_of("b"), note, &found, &name);
            assert_true(found.len < sizeof(whole));
        }
    }
    text_fini(&found);
    guarded_destroy(&g);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truncated_body_is_malformed_and_never_read_beyond_its_end),
        cmocka_unit_test(truncated_content_type_is_never_read_beyond_its_end),
        cmocka_unit_test(mutated_body_stays_within_its_bounds),
    };

    return cmocka_run_group_tests_name("multipart_bounds", tests, NULL, NULL);
}
