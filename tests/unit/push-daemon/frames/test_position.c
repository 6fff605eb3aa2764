/* test_position.c - where a client says it stood; any other bytes are nowhere. */
#include "push-daemon/frames/position.h"

#include "tests/unit/unit.h"

static void
only_an_epoch_and_a_number_are_a_position(void **state)
{
    const struct {
        struct str text;
        int64_t at; /* 0: nowhere */
    } rows[] = {
        {BYTES("9f3a01c4-1"), 1},
        {BYTES("00000000-1648368380132"), INT64_C(1648368380132)},
        {BYTES("ffffffff-9007199254740991"), (INT64_C(1) << 53) - 1},
        {BYTES("9f3a01c4-0007"), 7},
        {BYTES("9f3a01c4-0000000000000007"), 7},
        {BYTES("9f3a01c4-00000000000000007"), 0}, /* 17 digits */
        {BYTES("9f3a01c4-9007199254740992"), 0},  /* 2^53 */
        {BYTES("9f3a01c4-9999999999999999"), 0},
        {BYTES("9f3a01c4-99999999999999999999999999999"), 0},
        {BYTES("9f3a01c4-0"), 0},
        {BYTES("9f3a01c4-0000"), 0},
        {BYTES("9f3a01c4-"), 0},
        {BYTES("9f3a01c4"), 0},
        {BYTES("9f3a01c4 7"), 0},
        {BYTES("9f3a01c4--7"), 0},
        {BYTES("9f3a01c4-+7"), 0},
        {BYTES("9f3a01c4- 7"), 0},
        {BYTES("9f3a01c4-7 "), 0},
        {BYTES("9f3a01c4-7\0"), 0},
        {BYTES("9f3a01c4-7.0"), 0},
        {BYTES("9f3a01c4-7e3"), 0},
        {BYTES("9f3a01c4-0x7"), 0},
        {BYTES(" 9f3a01c4-7"), 0},
        {BYTES("9f3a01c-7"), 0},
        {BYTES("9f3a01c44-7"), 0},
        {BYTES("9F3A01C4-7"), 0},
        {BYTES("9f3a01g4-7"), 0},
        {BYTES("9f3a\0001c4-7"), 0},
        {BYTES("\xff\xff\xff\xff\xff\xff\xff\xff-7"), 0},
        {BYTES("-7"), 0},
        {BYTES("-"), 0},
        {BYTES(""), 0},
        {{NULL, 0}, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct position p = position_parse(rows[i].text);

        if (p.at != rows[i].at || position_is_set(&p) != (rows[i].at > 0)) {
            fail_msg("row %zu: \"%.*s\" is %lld", i, (int)rows[i].text.len, rows[i].text.p,
                     (long long)p.at);
        }
        if (p.at > 0) {
            assert_memory_equal(p.epoch, rows[i].text.p, 8);
            assert_int_equal(p.epoch[8], '\0');
        }
    }
}

/* What Redis answers may have the number 0: nothing was given out yet. */
static void
an_epoch_of_another_form_is_none(void **state)
{
    struct position p = position_make(BYTES("9f3a01c4"), 0);

    (void)state;
    assert_true(position_is_set(&p));
    assert_true(position_has_epoch(&p, "9f3a01c4"));
    assert_false(position_has_epoch(&p, "9f3a01c5"));
    assert_false(position_has_epoch(&p, ""));
    p = position_make(BYTES("9f3a01c"), 7);
    assert_false(position_is_set(&p));
    assert_int_equal(p.at, 0);
    p = position_make(BYTES("9f3a01c45"), 7);
    assert_false(position_is_set(&p));
    p = position_make(BYTES(""), 7);
    assert_false(position_is_set(&p));
}

static void
two_are_equal_if_epoch_and_number_are(void **state)
{
    struct position a = position_make(BYTES("9f3a01c4"), 7), same = a, later = a, other = a;

    (void)state;
    later.at = 8;
    other.epoch[0] = '0';
    assert_true(position_equal(&a, &same));
    assert_false(position_equal(&a, &later));
    assert_false(position_equal(&a, &other));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_an_epoch_and_a_number_are_a_position),
        cmocka_unit_test(an_epoch_of_another_form_is_none),
        cmocka_unit_test(two_are_equal_if_epoch_and_number_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
