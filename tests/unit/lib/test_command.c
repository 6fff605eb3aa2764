/* test_command.c - the words of a command, and its bytes on the wire. */
#include "lib/command.h"

#include <stdio.h>

#include "tests/unit/unit.h"

static void
assert_wire(const struct command *c, struct str wanted)
{
    struct text wire;

    text_init(&wire);
    command_format(&wire, c);
    assert_bytes(text_str(&wire), wanted);
    text_fini(&wire);
}

static void
command_goes_over_the_wire_as_bulk_strings(void **state)
{
    struct command c;

    (void)state;
    command_init(&c);
    command_add_str(&c, "SET");
    command_add_key(&c, "p:", KEY_LOGIN, str_of("3"));
    command_add(&c, BYTES("a\r\n\0b"));
    command_add_int(&c, -86400);
    assert_wire(&c,
                BYTES("*4\r\n$3\r\nSET\r\n$9\r\np:login:3\r\n$5\r\na\r\n\0b\r\n$6\r\n-86400\r\n"));
    command_fini(&c);
}

static void
command_keeps_empty_words(void **state)
{
    struct command c;

    (void)state;
    command_init(&c);
    assert_wire(&c, BYTES("*0\r\n"));
    command_add(&c, str_make(NULL, 0));
    command_add_str(&c, "");
    assert_int_equal(command_word(&c, 1).len, 0);
    assert_wire(&c, BYTES("*2\r\n$0\r\n\r\n$0\r\n\r\n"));
    command_fini(&c);
}

static void
command_word_is_made_of_all_that_was_added_since_the_last(void **state)
{
    struct command c;

    (void)state;
    command_init(&c);
    command_add_str(&c, "one");
    text_add_str(&c.bytes, "t");
    text_add_str(&c.bytes, "wo");
    command_end_word(&c);
    command_add_str(&c, "three");
    assert_int_equal(c.count, 3);
    assert_bytes(command_word(&c, 0), str_of("one"));
    assert_bytes(command_word(&c, 1), str_of("two"));
    assert_bytes(command_word(&c, 2), str_of("three"));
    command_fini(&c);
}

static void
command_may_be_cleared_and_built_again(void **state)
{
    struct command c;

    (void)state;
    command_init(&c);
    command_add_str(&c, "PUBLISH");
    command_clear(&c);
    assert_int_equal(c.count, 0);
    command_add_str(&c, "PING");
    assert_wire(&c, BYTES("*1\r\n$4\r\nPING\r\n"));
    command_fini(&c);
}

static void
command_grows_with_its_words(void **state)
{
    struct command c;
    char word[16];

    (void)state;
    command_init(&c);
    for (int i = 0; i < 1000; i++) {
        command_add_int(&c, i);
    }
    assert_int_equal(c.count, 1000);
    for (size_t i = 0; i < 1000; i++) {
        snprintf(word, sizeof(word), "%zu", i);
        assert_bytes(command_word(&c, i), str_of(word));
    }
    command_fini(&c);
}

static void
command_format_adds_behind_what_is_there(void **state)
{
    struct command c;
    struct text wire;

    (void)state;
    command_init(&c);
    text_init(&wire);
    command_add_str(&c, "A");
    command_format(&wire, &c);
    command_format(&wire, &c);
    assert_string_equal(wire.bytes, "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nA\r\n");
    text_fini(&wire);
    command_fini(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_goes_over_the_wire_as_bulk_strings),
        cmocka_unit_test(command_keeps_empty_words),
        cmocka_unit_test(command_word_is_made_of_all_that_was_added_since_the_last),
        cmocka_unit_test(command_may_be_cleared_and_built_again),
        cmocka_unit_test(command_grows_with_its_words),
        cmocka_unit_test(command_format_adds_behind_what_is_there),
    };

    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
