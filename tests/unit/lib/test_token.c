/* test_token.c - login tokens. */
#include "lib/token.h"

#include "tests/unit/unit.h"

enum {
    MANY = 2000
};

static void
token_is_32_lower_case_hexadecimal_digits(void **state)
{
    char token[TOKEN_CHARS + 1];

    (void)state;
    for (int i = 0; i < MANY; i++) {
        memset(token, 'x', sizeof(token));
        token_make(token);
        assert_int_equal(strlen(token), 32);
        assert_int_equal(strspn(token, "0123456789abcdef"), 32);
    }
}

static void
token_never_comes_twice(void **state)
{
    static char tokens[MANY][TOKEN_CHARS + 1];

    (void)state;
    for (int i = 0; i < MANY; i++) {
        token_make(tokens[i]);
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(tokens[i], tokens[k]);
        }
    }
}

/* Each of the 128 bits is set in about half of the tokens; off by 6 sigma is no accident. */
static void
token_has_128_random_bits(void **state)
{
    int set[TOKEN_CHARS][4] = {{0}};
    char token[TOKEN_CHARS + 1];

    (void)state;
    for (int i = 0; i < MANY; i++) {
        token_make(token);
        for (int at = 0; at < TOKEN_CHARS; at++) {
            int digit = token[at] <= '9' ? token[at] - '0' : token[at] - 'a' + 10;

            for (int bit = 0; bit < 4; bit++) {
                set[at][bit] += digit >> bit & 1;
            }
        }
    }
    for (int at = 0; at < TOKEN_CHARS; at++) {
        for (int bit = 0; bit < 4; bit++) {
            assert_in_range(set[at][bit], MANY / 2 - 135, MANY / 2 + 135);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_is_32_lower_case_hexadecimal_digits),
        cmocka_unit_test(token_never_comes_twice),
        cmocka_unit_test(token_has_128_random_bits),
    };

    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
