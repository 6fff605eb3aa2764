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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_of_every_kind_is_valid),
        cmocka_unit_test(json_with_a_mistake_is_not_valid),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
