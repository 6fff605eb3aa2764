/* test_number.c - whole numbers in text. */
#include "lib/config/number.h"

#include "tests/unit/unit.h"

static void
number_is_read_to_the_ends_of_int64(void **state)
{
    static const struct {
        const char *text;
        int64_t n;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"-1", -1},
        {"007", 7},
        {"1648368380132", INT64_C(1648368380132)},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"00009223372036854775807", INT64_MAX}, /* 23 characters */
    };
    int64_t n;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        n = 1;
        assert_true(number_parse(str_of(cases[i].text), INT64_MIN, INT64_MAX, &n));
        assert_true(n == cases[i].n);
    }
}

static void
what_is_no_number_is_refused_and_n_left_alone(void **state)
{
    static const struct str wrong[] = {
        {NULL, 0},
        {"", 0},
        {"-", 1},
        {"--1", 3},
        {"+1", 2},
        {" 1", 2},
        {"1 ", 2},
        {"1.0", 3},
        {"1e3", 3},
        {"0x10", 4},
        {"1-", 2},
        {"x", 1},
        {"1\0", 2},
        {"1_0", 3},
        {"- 1", 3},
        {"\t1", 2},
        {"1\n", 2},
        {"\xef\xbc\x91", 3},
        {"9223372036854775808", 19},
        {"-9223372036854775809", 20},
        {"000009223372036854775807", 24},
    };
    int64_t n = 42;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(number_parse(wrong[i], INT64_MIN, INT64_MAX, &n));
        assert_true(n == 42);
    }
}

static void
bounds_belong_to_the_range(void **state)
{
    int64_t n = 42;

    (void)state;
    assert_true(number_parse(BYTES("1"), 1, 3, &n));
    assert_true(number_parse(BYTES("3"), 1, 3, &n));
    assert_false(number_parse(BYTES("0"), 1, 3, &n));
    assert_false(number_parse(BYTES("4"), 1, 3, &n));
    assert_true(n == 3);
}

/* It reads no byte behind the text. */
static void
text_needs_no_nul_behind_it(void **state)
{
    int64_t n;

    (void)state;
    assert_true(number_parse(str_make("1234", 2), 0, 100, &n));
    assert_true(n == 12);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_is_read_to_the_ends_of_int64),
        cmocka_unit_test(what_is_no_number_is_refused_and_n_left_alone),
        cmocka_unit_test(bounds_belong_to_the_range),
        cmocka_unit_test(text_needs_no_nul_behind_it),
    };

    return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
