/* test_placeholder.c - ${NAME} and ${NAME:default} in values of settings. */
#include "lib/config/placeholder.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static int
set_up(void **state)
{
    (void)state;
    setenv("FASTIM_TEST_A", "one", 1);
    setenv("FASTIM_TEST_EMPTY", "", 1);
    setenv("FASTIM_TEST_ODD", "${FASTIM_TEST_A}", 1);
    setenv("FASTIM_TEST_REDISHOST", "dashed", 1);
    unsetenv("FASTIM_TEST_NONE");
    return 0;
}

static void
placeholder_is_the_variable_or_else_the_default(void **state)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"plain", "plain"},
        {"${FASTIM_TEST_A}", "one"},
        {"a${FASTIM_TEST_A}z", "aonez"},
        {"${FASTIM_TEST_A}${FASTIM_TEST_A:x}", "oneone"},
        {"${FASTIM_TEST_EMPTY}", ""},
        {"${FASTIM_TEST_EMPTY:x}", ""},
        {"${FASTIM_TEST_NONE:}", ""},
        {"${FASTIM_TEST_NONE:127.0.0.1:6379}", "127.0.0.1:6379"},
        {"${FASTIM_TEST_NONE:${FASTIM_TEST_A}-${FASTIM_TEST_NONE:two}}!", "one-two!"},
        {"${FASTIM_TEST_NONE:a}}", "a}"},
        {"${fastim.test.a:x}", "one"},
        {"${fastim.test.redis-host}", "dashed"},
        {"${FASTIM_TEST_ODD}", "${FASTIM_TEST_A}"}, /* what a variable holds is no setting */
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text_clear(&out);
        assert_true(placeholder_expand(&out, str_of(rows[i][0])));
        assert_bytes(text_str(&out), str_of(rows[i][1]));
    }
    text_fini(&out);
}

static void
placeholder_of_another_form_stays_as_it_is(void **state)
{
    static const char *const rows[] = {"$",
                                       "${",
                                       "${}",
                                       "${:x}",
                                       "$FASTIM_TEST_A",
                                       "${A b}",
                                       "$${",
                                       "p${w",
                                       "{FASTIM_TEST_A}",
                                       "${a/b:c}",
                                       "${FASTIM_TEST_A",
                                       "${\xc3\xa9}"};
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text_clear(&out);
        assert_true(placeholder_expand(&out, str_of(rows[i])));
        assert_bytes(text_str(&out), str_of(rows[i]));
    }
    text_fini(&out);
}

static void
placeholder_without_variable_and_default_is_refused(void **state)
{
    struct text out;

    (void)state;
    text_init(&out);
    assert_false(placeholder_expand(&out, str_of("${FASTIM_TEST_NONE}")));
    assert_bytes(text_str(&out), BYTES("FASTIM_TEST_NONE"));
    assert_false(placeholder_expand(&out, str_of("x${FASTIM_TEST_NONE:${FASTIM_TEST_NONE}}")));
    text_fini(&out);
}

static void
placeholder_nests_within_eight_and_deeper_ones_stay(void **state)
{
    struct text in, out;

    (void)state;
    text_init(&in);
    text_init(&out);
    for (int depth = 0; depth < 10000; depth++) {
        text_add_str(&in, "${FASTIM_TEST_NONE:");
    }
    for (int depth = 0; depth < 10000; depth++) {
        text_add_str(&in, "}");
    }
    assert_true(placeholder_expand(&out, text_str(&in)));
    assert_int_equal(out.len, in.len - 8 * strlen("${FASTIM_TEST_NONE:}"));
    text_fini(&in);
    text_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(placeholder_is_the_variable_or_else_the_default, set_up),
        cmocka_unit_test_setup(placeholder_of_another_form_stays_as_it_is, set_up),
        cmocka_unit_test_setup(placeholder_without_variable_and_default_is_refused, set_up),
        cmocka_unit_test_setup(placeholder_nests_within_eight_and_deeper_ones_stay, set_up),
    };

    return cmocka_run_group_tests_name("placeholder", tests, NULL, NULL);
}
