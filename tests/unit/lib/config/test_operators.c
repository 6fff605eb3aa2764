/* test_operators.c - admin.tokens: which lists are right, and whose token it is. */
#include "lib/config/operators.h"

#include <stdio.h>

#include "tests/unit/unit.h"

#define LONGEST                                                                                    \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *
explain(const char *list)
{
    static char said[300];

    operators_explain(list, said, sizeof(said));
    return said;
}

static void
words_of_name_and_token_are_a_list(void **state)
{
    static const char *const lists[] = {
        "",
        "  ",
        "ann:01234567",
        " ann:01234567  bob:0123456: ",
        "ann:01234567\r\nbob:0123456:\n",
        "a.n_n-1:!\"#$%&'()*+,/~",
        "ann:01234567 ann:another-one",
        "0123456789012345678901234567890123456789012345678901234567890123:" LONGEST,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        assert_string_equal(explain(lists[i]), "");
        assert_true(operators_are_valid(lists[i]));
    }
}

static void
first_wrong_word_is_told_without_its_token(void **state)
{
    static const struct {
        const char *list, *said;
    } rows[] = {
        {"s3cret-s3cret", "word 1 (no name) has no colon, write NAME:TOKEN"},
        {"ann:01234567 :01234568", "word 2 (no name) has a name that is none, write 1 to 64 of "
                                   "A-Z a-z 0-9 . _ - before the colon"},
        {"a/b:01234567", "word 1 (no name) has a name that is none, write 1 to 64 of "
                         "A-Z a-z 0-9 . _ - before the colon"},
        {"01234567890123456789012345678901234567890123456789012345678901234:01234567",
         "word 1 (no name) has a name that is none, write 1 to 64 of A-Z a-z 0-9 . _ - before the "
         "colon"},
        {"ann:0123456", "word 1 (\"ann\") has a token that is none, write 8 to 256 ASCII "
                        "characters behind the colon"},
        {"ann:" LONGEST "x", "word 1 (\"ann\") has a token that is none, write 8 to 256 ASCII "
                             "characters behind the colon"},
        {"ann:s3cret\xc3\xa9", "word 1 (\"ann\") has a token that is none, write 8 to 256 ASCII "
                               "characters behind the colon"},
        {"ann:01234567 bob:01234567 :", "word 2 (\"bob\") has a token that stands there before, "
                                        "write another one"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(explain(rows[i].list), rows[i].said);
        assert_false(operators_are_valid(rows[i].list));
    }
}

static void
token_finds_its_operator_and_nobody_else(void **state)
{
    static const char list[] = "ann:01234567 bob:0123456789 ann:other-one";
    static const char *const wrong[] = {"",
                                        "0",
                                        "0123456",
                                        "012345670",
                                        "0123456a",
                                        "a1234567",
                                        "01234567890",
                                        "ann:01234567",
                                        "ann",
                                        "other-one ",
                                        "012345670123456701234567"};

    (void)state;
    assert_bytes(operators_find(list, BYTES("01234567")), BYTES("ann"));
    assert_bytes(operators_find(list, BYTES("0123456789")), BYTES("bob"));
    assert_bytes(operators_find(list, BYTES("other-one")), BYTES("ann"));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(operators_find(list, str_of(wrong[i])).len, 0);
    }
    assert_int_equal(operators_find("", BYTES("")).len, 0);
    assert_int_equal(operators_find(list, BYTES("01234567\0")).len, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_name_and_token_are_a_list),
        cmocka_unit_test(first_wrong_word_is_told_without_its_token),
        cmocka_unit_test(token_finds_its_operator_and_nobody_else),
    };

    return cmocka_run_group_tests_name("operators", tests, NULL, NULL);
}
