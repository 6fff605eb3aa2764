/* test_ids.c - what a userId and a groupId may be. */
#include "lib/ids.h"

#include "tests/unit/unit.h"

static void
id_of_1_to_128_bytes_is_valid(void **state)
{
    char id[130];

    (void)state;
    memset(id, 'x', sizeof(id));
    assert_false(id_valid(str_make(id, 0)));
    assert_false(id_valid(str_make(NULL, 0)));
    for (size_t len = 1; len <= 128; len++) {
        assert_true(id_valid(str_make(id, len)));
    }
    assert_false(id_valid(str_make(id, 129)));
}

static void
id_length_counts_bytes_not_characters(void **state)
{
    char id[132];

    (void)state;
    for (size_t i = 0; i < sizeof(id); i += 3) {
        memcpy(id + i, "\xe4\xbd\xa0", 3);
    }
    assert_true(id_valid(str_make(id, 126)));
    assert_false(id_valid(str_make(id, 129)));
}

static void
id_refuses_control_characters_and_the_slash_alone(void **state)
{
    char id[3] = "a?b";

    (void)state;
    for (int c = 0; c < 0x80; c++) {
        id[1] = (char)c;
        if (id_valid(str_make(id, 3)) != (c >= 0x20 && c != 0x7f && c != '/')) {
            fail_msg("character %d", c);
        }
    }
}

static void
id_refuses_dot_and_dotdot_alone(void **state)
{
    (void)state;
    assert_false(id_valid(str_of(".")));
    assert_false(id_valid(str_of("..")));
    assert_true(id_valid(str_of("...")));
    assert_true(id_valid(str_of(".a")));
    assert_true(id_valid(str_of("a..")));
}

/* As a header the id would lose them, and name another user. */
static void
id_has_no_space_at_an_end(void **state)
{
    (void)state;
    assert_false(id_valid(str_of(" ")));
    assert_false(id_valid(str_of(" a")));
    assert_false(id_valid(str_of("a ")));
    assert_true(id_valid(str_of("a b")));
    assert_true(id_valid(str_of("\xe3\x80\x80")) /* U+3000 stays in a header */);
}

static void
id_may_be_any_script_and_any_sign(void **state)
{
    (void)state;
    assert_true(id_valid(str_of("*")));
    assert_true(id_valid(str_of("%2F")));
    assert_true(id_valid(str_of("\\\"'<>&:{}")));
    assert_true(id_valid(str_of("\xe7\xbe\xa4 \xf0\x9f\x98\x80")));
    assert_true(id_valid(str_of("\xc2\x85"))); /* U+0085: the rule names C0 and U+007F alone */
}

static void
id_refuses_what_is_not_utf8(void **state)
{
    (void)state;
    assert_false(id_valid(str_of("\xff")));
    assert_false(id_valid(str_of("a\xed\xa0\x80")));
    assert_false(id_valid(str_of("a\xe4\xbd")));
}

static void
id_of_a_send_is_1_to_64_unreserved_characters(void **state)
{
    static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";
    char one[2] = "";

    (void)state;
    for (int c = 1; c < 256; c++) {
        one[0] = (char)c;
        assert_int_equal(id_valid_send(str_of(one)), strchr(all, c) != NULL);
    }
    assert_true(id_valid_send(str_make(all, 64)));
    assert_false(id_valid_send(str_make(all, 65)));
    assert_false(id_valid_send(str_of("")));
    assert_false(id_valid_send(BYTES("a\0")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_of_1_to_128_bytes_is_valid),
        cmocka_unit_test(id_length_counts_bytes_not_characters),
        cmocka_unit_test(id_refuses_control_characters_and_the_slash_alone),
        cmocka_unit_test(id_refuses_dot_and_dotdot_alone),
        cmocka_unit_test(id_has_no_space_at_an_end),
        cmocka_unit_test(id_may_be_any_script_and_any_sign),
        cmocka_unit_test(id_refuses_what_is_not_utf8),
        cmocka_unit_test(id_of_a_send_is_1_to_64_unreserved_characters),
    };

    return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
