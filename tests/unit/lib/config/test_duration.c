/* test_duration.c - spans of time as people write them. */
#include "lib/config/duration.h"

#include "lib/rules.h"
#include "tests/unit/unit.h"

static void
duration_is_read_in_seconds(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"1s", 1},
        {"10m", 600},
        {"2h", 7200},
        {"7d", 604800},
        {"1w", 604800},
        {"1h30m", 5400},
        {"1w1d1h1m1s", 694861},
        {"007m", 420},
        {"0h5m", 300},
        {"3650d", 315360000},
        {"315360000s", 315360000},
        {"ever", 0},
    };

    (void)state;
    assert_int_equal(RULE_SECONDS_MAX, 315360000);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t seconds = -1;

        assert_true(duration_parse(str_of(cases[i].text), &seconds));
        assert_int_equal(seconds, cases[i].seconds);
    }
}

static void
what_is_no_duration_is_refused_and_seconds_left_alone(void **state)
{
    static const char *const wrong[] = {
        "",      "0",       "10",   "0s",    "0h0m",  "m",         "10 m",
        "-5m",   "+5m",     "1.5h", "5M",    "30m1h", "1m1m",      "1h30",
        "3651d", "3650d1s", "1y",   "ever1", "Ever",  "1\xc3\xa9", "99999999999999999999w",
        "1mm",   "1h-5m",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int64_t seconds = 77;

        if (duration_parse(str_of(wrong[i]), &seconds) || seconds != 77) {
            fail_msg("taken: %s", wrong[i]);
        }
    }
    assert_false(duration_parse(BYTES("1m\0"), &(int64_t){0}));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duration_is_read_in_seconds),
        cmocka_unit_test(what_is_no_duration_is_refused_and_seconds_left_alone),
    };

    return cmocka_run_group_tests_name("duration", tests, NULL, NULL);
}
