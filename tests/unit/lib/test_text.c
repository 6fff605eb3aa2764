/* test_text.c - the byte buffer, and JSON strings. */
#include "lib/text.h"

#include <stdio.h>

#include "tests/unit/unit.h"

static void
assert_json(struct str plain, struct str wanted)
{
    struct text t;

    text_init(&t);
    text_add_json(&t, plain);
    assert_bytes(text_str(&t), wanted);
    text_fini(&t);
}

static void
text_json_escapes_every_control_character(void **state)
{
    static const char *const wanted[0x20] = {
        "\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007",
        "\\b",     "\\t",     "\\n",     "\\u000b", "\\f",     "\\r",     "\\u000e", "\\u000f",
        "\\u0010", "\\u0011", "\\u0012", "\\u0013", "\\u0014", "\\u0015", "\\u0016", "\\u0017",
        "\\u0018", "\\u0019", "\\u001a", "\\u001b", "\\u001c", "\\u001d", "\\u001e", "\\u001f",
    };
    char plain[3] = "a?b", quoted[16];

    (void)state;
    for (int c = 0; c < 0x20; c++) {
        plain[1] = (char)c;
        snprintf(quoted, sizeof(quoted), "\"a%sb\"", wanted[c]);
        assert_json(str_make(plain, sizeof(plain)), str_of(quoted));
    }
}

static void
text_json_escapes_quote_and_backslash(void **state)
{
    (void)state;
    assert_json(str_of("\"\\"), str_of("\"\\\"\\\\\""));
    assert_json(str_of("say \"x\""), str_of("\"say \\\"x\\\"\""));
}

static void
text_json_leaves_all_else_as_it_is(void **state)
{
    (void)state;
    assert_json(str_of("/<>&'\x7f"), str_of("\"/<>&'\x7f\""));
    assert_json(str_of("\xe2\x80\xa8 \xe4\xbd\xa0 \xf0\x9f\x98\x80"),
                str_of("\"\xe2\x80\xa8 \xe4\xbd\xa0 \xf0\x9f\x98\x80\""));
}

static void
text_json_of_nothing_is_an_empty_string(void **state)
{
    (void)state;
    assert_json(str_make(NULL, 0), str_of("\"\""));
    assert_json(str_of(""), str_of("\"\""));
}

static void
text_json_of_controls_alone_fits_whatever_its_length(void **state)
{
    char plain[300];
    struct text t;

    (void)state;
    memset(plain, 1, sizeof(plain));
    for (size_t len = 0; len <= sizeof(plain); len++) {
        text_init(&t);
        text_add_json(&t, str_make(plain, len));
        assert_int_equal(t.len, 6 * len + 2);
        text_fini(&t);
    }
}

static void
text_is_terminated_after_each_step(void **state)
{
    struct text t;

    (void)state;
    text_init(&t);
    assert_null(t.bytes);
    text_add(&t, NULL, 0);
    assert_string_equal(t.bytes, "");
    for (int i = 1; i <= 500; i++) {
        text_add_str(&t, "ab");
        assert_int_equal(t.len, 2 * i);
        assert_int_equal(t.bytes[t.len], '\0');
    }
    text_clear(&t);
    assert_string_equal(t.bytes, "");
    assert_int_equal(t.len, 0);
    text_fini(&t);
    text_clear(&t); /* nothing in it yet: no harm */
}

static void
text_holds_nul_bytes(void **state)
{
    struct text t;

    (void)state;
    text_init(&t);
    text_add(&t, "a\0b", 3);
    text_add_str(&t, "c");
    assert_bytes(text_str(&t), BYTES("a\0bc"));
    text_fini(&t);
}

static void
text_reserve_keeps_what_is_there_and_then_moves_no_more(void **state)
{
    struct text t;
    const char *place;

    (void)state;
    text_init(&t);
    text_add_str(&t, "kept");
    text_reserve(&t, 1000);
    place = t.bytes;
    for (int i = 0; i < 1000; i++) {
        text_add(&t, "x", 1);
    }
    assert_ptr_equal(t.bytes, place);
    assert_memory_equal(t.bytes, "keptx", 5);
    text_fini(&t);
}

static void
text_add_int_writes_the_extremes(void **state)
{
    struct text t;

    (void)state;
    text_init(&t);
    text_add_int(&t, 0);
    text_add_int(&t, INT64_MIN);
    text_add_int(&t, INT64_MAX);
    assert_string_equal(t.bytes, "0-92233720368547758089223372036854775807");
    text_fini(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_json_escapes_every_control_character),
        cmocka_unit_test(text_json_escapes_quote_and_backslash),
        cmocka_unit_test(text_json_leaves_all_else_as_it_is),
        cmocka_unit_test(text_json_of_nothing_is_an_empty_string),
        cmocka_unit_test(text_json_of_controls_alone_fits_whatever_its_length),
        cmocka_unit_test(text_is_terminated_after_each_step),
        cmocka_unit_test(text_holds_nul_bytes),
        cmocka_unit_test(text_reserve_keeps_what_is_there_and_then_moves_no_more),
        cmocka_unit_test(text_add_int_writes_the_extremes),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
