/* test_keys.c - the names of the Redis keys and channels. */
#include "lib/redis/keys.h"

#include "tests/unit/unit.h"

static void
assert_key(const char *prefix, enum key_kind kind, const char *id, const char *wanted)
{
    struct text t;

    text_init(&t);
    key_add(&t, prefix, kind, str_of(id));
    assert_bytes(text_str(&t), str_of(wanted));
    assert_bytes(key_id(text_str(&t), prefix, kind), str_of(id));
    text_fini(&t);
}

static void
key_names_are_those_of_the_contract(void **state)
{
    (void)state;
    assert_key("", KEY_LOGIN, "3", "login:3");
    assert_key("", KEY_MESSAGES, "1", "gml:1");
    assert_key("", KEY_GROUPS, "3", "ugs:3");
    assert_key("", KEY_CHANNEL, "1", "mq:1");
    assert_key("", KEY_LAST_TS, "1", "gmt:1");
    assert_key("", KEY_APPENDED, "d", "fim:seq:d");
    assert_key("", KEY_MARKS, "d", "fim:mark:d");
    assert_key("", KEY_READ, "3", "fim:read:3");
    assert_key("", KEY_EVENTS, "", "fim:ev:");
    assert_key("", KEY_SENT, "1/3", "fim:sent:1/3");
    assert_key("", KEY_EVENT_LOG, "1", "fim:log:1");
    assert_key("", KEY_EVENTS, "1", "fim:ev:1");
    assert_key("", KEY_PRESENCE, "1", "fim:on:1");
    assert_key("", KEY_LEASES, "", "fim:hosts");
    assert_key("", KEY_ABOUT, "", "fim:daemons");
    assert_key("", KEY_TOP, "", "fim:top");
    assert_key("p:", KEY_WORDS, "", "p:fim:words");
}

static void
key_prefix_stands_before_every_name(void **state)
{
    (void)state;
    for (int kind = 0; kind < KEY_KIND__MAX; kind++) {
        struct text plain, prefixed;

        text_init(&plain);
        text_init(&prefixed);
        key_add(&plain, "", (enum key_kind)kind, str_of("x"));
        key_add(&prefixed, "im2:", (enum key_kind)kind, str_of("x"));
        assert_memory_equal(prefixed.bytes, "im2:", 4);
        assert_string_equal(prefixed.bytes + 4, plain.bytes);
        text_fini(&plain);
        text_fini(&prefixed);
    }
}

static void
key_adds_behind_what_is_there(void **state)
{
    struct text t;

    (void)state;
    text_init(&t);
    text_add_str(&t, "SUBSCRIBE ");
    key_add(&t, "p:", KEY_CHANNEL, str_of("\xe7\xbe\xa4"));
    assert_string_equal(t.bytes, "SUBSCRIBE p:mq:\xe7\xbe\xa4");
    text_fini(&t);
}

static void
key_id_keeps_colons_and_is_empty_where_the_name_ends(void **state)
{
    struct str empty = key_id(str_of("mq:"), "", KEY_CHANNEL);

    (void)state;
    assert_bytes(key_id(str_of("mq:mq:a:b"), "", KEY_CHANNEL), str_of("mq:a:b"));
    assert_non_null(empty.p);
    assert_int_equal(empty.len, 0);
}

static void
key_id_refuses_names_of_another_kind_or_prefix(void **state)
{
    (void)state;
    assert_null(key_id(str_of("gml:1"), "", KEY_CHANNEL).p);
    assert_null(key_id(str_of("mq"), "", KEY_CHANNEL).p);
    assert_null(key_id(str_of("MQ:1"), "", KEY_CHANNEL).p);
    assert_null(key_id(str_of(""), "", KEY_CHANNEL).p);
    assert_null(key_id(str_make(NULL, 0), "", KEY_CHANNEL).p);
    assert_null(key_id(str_of("mq:1"), "im2:", KEY_CHANNEL).p);
    assert_null(key_id(str_of("im2:mq:1"), "", KEY_CHANNEL).p);
    assert_null(key_id(str_of("im3:mq:1"), "im2:", KEY_CHANNEL).p);
    assert_null(key_id(str_of("im2:m"), "im2:", KEY_CHANNEL).p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_names_are_those_of_the_contract),
        cmocka_unit_test(key_prefix_stands_before_every_name),
        cmocka_unit_test(key_adds_behind_what_is_there),
        cmocka_unit_test(key_id_keeps_colons_and_is_empty_where_the_name_ends),
        cmocka_unit_test(key_id_refuses_names_of_another_kind_or_prefix),
    };

    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
