/* test_json.c - what is taken for JSON, and what is not; json-c's own ideas do not count. */
#include "lib/json.h"

#include "tests/unit/unit.h"

static void
json_of_every_kind_is_valid(void **state)
{
    static const char *const right[] = {
        "null",
        "12",
        " -0.5e3 ",
        "\"\"",
        "\"\xc3\xa9\"",
        "\"\\n\xe4\xbd\xa0\\u00e9\"",
        "[1, \"\xf0\x9f\x98\x80\", {}]",
        "\"\\ud83d\\ude00\"",
        " {\"\xe4\xbd\xa0\": \"a\xc3\xa9\\u00e9\"}\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        if (!json_is_valid(right[i])) {
            fail_msg("refused: %s", right[i]);
        }
    }
}

static void
json_with_a_mistake_is_not_valid(void **state)
{
    static const char *const wrong[] = {
        "",
        "nul",
        "tru\xc3\xa9",
        "01",
        "12\xc3\xa9",
        "1 2",
        "'a'",
        "\"a",
        "\"\\\xc3\xa9\"",
        "\\ud83d\\ude00",
        "\"\\ud83d\\ude0\"",
        "\"\\ud83",
        "\"\\ud83d\\",
        "\"\xc3\"",
        "\"a\" \xc3\xa9",
        "[1,]",
        "[\xc3\xa9]",
        "[\"a\"\xc3\xa9]",
        "{\"a\":1",
        "{} x",
        "{}\xc3\xa9",
        "/*\xc3\xa9*/1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (json_is_valid(wrong[i])) {
            fail_msg("taken: %s", wrong[i]);
        }
    }
}

/* ---- members ---- */

static void
take_text(void *arg, struct str text)
{
    text_add(arg, text.p, text.len);
    text_add_str(arg, ";");
}

static void
members_are_had_by_their_type(void **state)
{
    struct json_object *value;
    struct text texts;
    struct str text;
    double n;
    bool b;

    (void)state;
    text_init(&texts);
    assert_true(
        json_parse(&value,
                   BYTES("{\"s\":\"a\\u0000b\",\"i\":-7,\"d\":1.5,\"n\":null,\"t\":[\"x\",\"y"
                         "\"],\"m\":[\"x\",1],\"e\":[],\"b\":true,\"f\":false}"),
                   4));
    assert_true(json_get_text(value, "s", &text));
    assert_bytes(text, BYTES("a\0b"));
    assert_true(json_get_number(value, "i", &n) && n == -7);
    assert_true(json_get_number(value, "d", &n) && n == 1.5);
    assert_true(json_get_bool(value, "b", &b) && b);
    assert_true(json_get_bool(value, "f", &b) && !b);
    assert_true(json_get_texts(value, "t", take_text, &texts));
    assert_true(json_get_texts(value, "e", take_text, &texts));
    assert_bytes(text_str(&texts), BYTES("x;y;"));
    assert_false(json_get_texts(value, "m", take_text, &texts));
    assert_true(json_has(value, "n"));
    for (const char *const *key = (const char *const[]){"i", "n", "t", "none", NULL}; *key; key++) {
        assert_false(json_get_text(value, *key, &text));
    }
    for (const char *const *key = (const char *const[]){"s", "n", "t", "none", NULL}; *key; key++) {
        assert_false(json_get_number(value, *key, &n));
    }
    for (const char *const *key = (const char *const[]){"s", "n", "i", "none", NULL}; *key; key++) {
        assert_false(json_get_texts(value, *key, take_text, &texts));
    }
    for (const char *const *key = (const char *const[]){"s", "n", "i", "none", NULL}; *key; key++) {
        assert_false(json_get_bool(value, *key, &b) || b);
    }
    assert_false(json_has(value, "none"));
    json_free(value);
    text_fini(&texts);
}

static void
value_that_is_no_object_has_no_members(void **state)
{
    static const char *const values[] = {"null", "[\"a\"]", "\"a\"", "1", "true"};
    struct json_object *value;
    struct str text;
    double n;

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        assert_true(json_parse(&value, str_of(values[i]), 4));
        assert_false(json_has(value, "a"));
        assert_false(json_get_text(value, "a", &text));
        assert_false(json_get_number(value, "a", &n));
        assert_false(json_get_texts(value, "a", take_text, NULL));
        json_free(value);
    }
}

static void
take_member(void *arg, const char *key, const struct json_object *member)
{
    struct str plain = json_plain(member);

    text_add_str(arg, key);
    text_add_str(arg, "=");
    text_add(arg, plain.p, plain.len);
    text_add_str(arg, ";");
}

static void
value_of_any_type_is_walked(void **state)
{
    struct json_object *value;
    const struct json_object *list;
    struct text seen;
    double n;

    (void)state;
    text_init(&seen);
    assert_true(json_parse(
        &value, BYTES("{\"s\":\"a/b\",\"n\":null,\"l\":[\"x\",{\"y\":1.5}],\"t\":true}"), 4));
    json_each(value, take_member, &seen);
    assert_bytes(text_str(&seen), BYTES("s=a/b;n=null;l=[\"x\",{\"y\":1.5}];t=true;"));
    list = json_get(value, "l");
    assert_true(json_is_object(value) && !json_is_array(value) && json_count(value) == 0);
    assert_true(json_is_array(list) && !json_is_object(list) && json_count(list) == 2);
    assert_bytes(json_plain(json_at(list, 0)), BYTES("x"));
    assert_true(json_number(json_get(json_at(list, 1), "y"), &n) && n == 1.5);
    assert_false(json_number(list, &n));
    assert_null(json_get(value, "n"));
    assert_null(json_get(list, "s"));
    text_clear(&seen);
    json_each(list, take_member, &seen);
    json_each(NULL, take_member, &seen);
    assert_int_equal(seen.len, 0);
    assert_false(json_is_object(NULL) || json_is_array(NULL) || json_number(NULL, &n));
    json_free(value);
    text_fini(&seen);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_of_every_kind_is_valid),
        cmocka_unit_test(json_with_a_mistake_is_not_valid),
        cmocka_unit_test(members_are_had_by_their_type),
        cmocka_unit_test(value_that_is_no_object_has_no_members),
        cmocka_unit_test(value_of_any_type_is_walked),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
