/* test_argv.c - the words of a command, and its bytes on the wire. */
#include "lib/redis/argv.h"

#include <stdio.h>

#include "lib/cluster/slot.h"
#include "tests/unit/unit.h"

static void
assert_wire(const struct argv *c, struct str wanted)
{
    struct text wire;

    text_init(&wire);
    argv_format(&wire, c);
    assert_bytes(text_str(&wire), wanted);
    text_fini(&wire);
}

static const struct config_redis one_redis = {.prefix = "p:", .cluster = ""};
static const struct config_redis a_cluster = {.prefix = "", .cluster = "127.0.0.1:7000"};

static void
argv_goes_over_the_wire_as_bulk_strings(void **state)
{
    struct argv c;

    (void)state;
    argv_init(&c);
    argv_add_str(&c, "SET");
    argv_add_key(&c, &one_redis, KEY_LOGIN, str_of("3"));
    argv_add(&c, BYTES("a\r\n\0b"));
    argv_add_int(&c, -86400);
    assert_wire(&c,
                BYTES("*4\r\n$3\r\nSET\r\n$9\r\np:login:3\r\n$5\r\na\r\n\0b\r\n$6\r\n-86400\r\n"));
    argv_fini(&c);
}

static void
argv_keeps_empty_words(void **state)
{
    struct argv c;

    (void)state;
    argv_init(&c);
    assert_wire(&c, BYTES("*0\r\n"));
    argv_add(&c, str_make(NULL, 0));
    argv_add_str(&c, "");
    assert_int_equal(argv_word(&c, 1).len, 0);
    assert_wire(&c, BYTES("*2\r\n$0\r\n\r\n$0\r\n\r\n"));
    argv_fini(&c);
}

static void
argv_word_is_made_of_all_that_was_added_since_the_last(void **state)
{
    struct argv c;

    (void)state;
    argv_init(&c);
    argv_add_str(&c, "one");
    text_add_str(&c.bytes, "t");
    text_add_str(&c.bytes, "wo");
    argv_end_word(&c);
    argv_add_str(&c, "three");
    assert_int_equal(c.count, 3);
    assert_bytes(argv_word(&c, 0), str_of("one"));
    assert_bytes(argv_word(&c, 1), str_of("two"));
    assert_bytes(argv_word(&c, 2), str_of("three"));
    argv_fini(&c);
}

static void
argv_may_be_cleared_and_built_again(void **state)
{
    struct argv c;

    (void)state;
    argv_init(&c);
    argv_add_str(&c, "PUBLISH");
    argv_clear(&c);
    assert_int_equal(c.count, 0);
    argv_add_str(&c, "PING");
    assert_wire(&c, BYTES("*1\r\n$4\r\nPING\r\n"));
    argv_fini(&c);
}

static void
argv_grows_with_its_words(void **state)
{
    struct argv c;
    char word[16];

    (void)state;
    argv_init(&c);
    for (int i = 0; i < 1000; i++) {
        argv_add_int(&c, i);
    }
    assert_int_equal(c.count, 1000);
    for (size_t i = 0; i < 1000; i++) {
        snprintf(word, sizeof(word), "%zu", i);
        assert_bytes(argv_word(&c, i), str_of(word));
    }
    argv_fini(&c);
}

static void
argv_format_adds_behind_what_is_there(void **state)
{
    struct argv c;
    struct text wire;

    (void)state;
    argv_init(&c);
    text_init(&wire);
    argv_add_str(&c, "A");
    argv_format(&wire, &c);
    argv_format(&wire, &c);
    assert_string_equal(wire.bytes, "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nA\r\n");
    text_fini(&wire);
    argv_fini(&c);
}

static void
argv_remembers_the_slot_of_its_first_key_on_a_cluster(void **state)
{
    struct argv c;

    (void)state;
    argv_init(&c);
    assert_int_equal(c.slot, SLOT_NONE);
    argv_add_str(&c, "EVALSHA");
    assert_int_equal(c.slot, SLOT_NONE);
    argv_add_key(&c, &a_cluster, KEY_MESSAGES, str_of("foo"));
    assert_int_equal(c.slot, 12182);
    argv_add_key(&c, &a_cluster, KEY_LOGIN, str_of("bar"));
    assert_int_equal(c.slot, 12182);
    argv_clear(&c);
    assert_int_equal(c.slot, SLOT_NONE);
    argv_add_pair_key(&c, &a_cluster, KEY_SENT, str_of("bar"), str_of("foo"));
    assert_int_equal(c.slot, 5061);
    argv_clear(&c);
    argv_add_key(&c, &one_redis, KEY_MESSAGES, str_of("foo"));
    assert_int_equal(c.slot, SLOT_NONE);
    argv_fini(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(argv_goes_over_the_wire_as_bulk_strings),
        cmocka_unit_test(argv_keeps_empty_words),
        cmocka_unit_test(argv_word_is_made_of_all_that_was_added_since_the_last),
        cmocka_unit_test(argv_may_be_cleared_and_built_again),
        cmocka_unit_test(argv_grows_with_its_words),
        cmocka_unit_test(argv_format_adds_behind_what_is_there),
        cmocka_unit_test(argv_remembers_the_slot_of_its_first_key_on_a_cluster),
    };

    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
