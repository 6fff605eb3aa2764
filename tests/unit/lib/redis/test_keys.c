/* test_keys.c - the names of the Redis keys and channels. */
#include "lib/redis/keys.h"

#include "lib/cluster/slot.h"
#include "tests/unit/unit.h"

/* The settings with this prefix. */
static const struct config_redis *
with(const char *prefix)
{
    static struct config_redis redis[2];
    static int turn;

    turn = !turn;
    redis[turn] = (struct config_redis){.prefix = (char *)(uintptr_t)prefix, .cluster = ""};
    return &redis[turn];
}

static const struct config_redis *
on_cluster(const char *prefix)
{
    static struct config_redis redis;

    redis = (struct config_redis){.prefix = (char *)(uintptr_t)prefix, .cluster = "127.0.0.1:1"};
    return &redis;
}

static void
assert_key(const struct config_redis *redis, enum key_kind kind, const char *id, const char *wanted)
{
    struct text t;

    text_init(&t);
    key_add(&t, redis, kind, str_of(id));
    assert_bytes(text_str(&t), str_of(wanted));
    assert_bytes(key_id(text_str(&t), redis, kind), str_of(id));
    text_fini(&t);
}

static void
key_names_are_those_of_the_contract(void **state)
{
    (void)state;
    assert_key(with(""), KEY_LOGIN, "3", "login:3");
    assert_key(with(""), KEY_MESSAGES, "1", "gml:1");
    assert_key(with(""), KEY_GROUPS, "3", "ugs:3");
    assert_key(with(""), KEY_CHANNEL, "1", "mq:1");
    assert_key(with(""), KEY_LAST_TS, "1", "gmt:1");
    assert_key(with(""), KEY_APPENDED, "d", "fim:seq:d");
    assert_key(with(""), KEY_MARKS, "d", "fim:mark:d");
    assert_key(with(""), KEY_READ, "3", "fim:read:3");
    assert_key(with(""), KEY_EVENTS, "", "fim:ev:");
    assert_key(with(""), KEY_SENT, "1/3", "fim:sent:1/3");
    assert_key(with(""), KEY_EVENT_LOG, "1", "fim:log:1");
    assert_key(with(""), KEY_EVENTS, "1", "fim:ev:1");
    assert_key(with(""), KEY_PRESENCE, "1", "fim:on:1");
    assert_key(with(""), KEY_LEASES, "", "fim:hosts");
    assert_key(with(""), KEY_ABOUT, "", "fim:daemons");
    assert_key(with(""), KEY_TOP, "", "fim:top");
    assert_key(with("p:"), KEY_WORDS, "", "p:fim:words");
    assert_key(on_cluster("p:"), KEY_COPY, "", "p:fim:copy");
    assert_key(on_cluster("p:"), KEY_COPY_LIST, "1", "p:fim:copy:list:{1}");
}

static void
key_prefix_stands_before_every_name(void **state)
{
    (void)state;
    for (int kind = 0; kind < KEY_KIND__MAX; kind++) {
        struct text plain, prefixed;

        text_init(&plain);
        text_init(&prefixed);
        key_add(&plain, with(""), (enum key_kind)kind, str_of("x"));
        key_add(&prefixed, with("im2:"), (enum key_kind)kind, str_of("x"));
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
    key_add(&t, with("p:"), KEY_CHANNEL, str_of("\xe7\xbe\xa4"));
    assert_string_equal(t.bytes, "SUBSCRIBE p:mq:\xe7\xbe\xa4");
    text_fini(&t);
}

static void
key_id_keeps_colons_and_is_empty_where_the_name_ends(void **state)
{
    struct str empty = key_id(str_of("mq:"), with(""), KEY_CHANNEL);

    (void)state;
    assert_bytes(key_id(str_of("mq:mq:a:b"), with(""), KEY_CHANNEL), str_of("mq:a:b"));
    assert_non_null(empty.p);
    assert_int_equal(empty.len, 0);
}

static void
key_id_refuses_names_of_another_kind_or_prefix(void **state)
{
    (void)state;
    assert_null(key_id(str_of("gml:1"), with(""), KEY_CHANNEL).p);
    assert_null(key_id(str_of("mq"), with(""), KEY_CHANNEL).p);
    assert_null(key_id(str_of("MQ:1"), with(""), KEY_CHANNEL).p);
    assert_null(key_id(str_of(""), with(""), KEY_CHANNEL).p);
    assert_null(key_id(str_make(NULL, 0), with(""), KEY_CHANNEL).p);
    assert_null(key_id(str_of("mq:1"), with("im2:"), KEY_CHANNEL).p);
    assert_null(key_id(str_of("im2:mq:1"), with(""), KEY_CHANNEL).p);
    assert_null(key_id(str_of("im3:mq:1"), with("im2:"), KEY_CHANNEL).p);
    assert_null(key_id(str_of("im2:m"), with("im2:"), KEY_CHANNEL).p);
}

static void
key_names_of_a_cluster_have_their_id_in_braces(void **state)
{
    const struct config_redis *redis = on_cluster("p:");
    struct text t;

    (void)state;
    assert_key(redis, KEY_MESSAGES, "room", "p:gml:{room}");
    assert_key(redis, KEY_LOGIN, "3", "p:login:{3}");
    assert_key(redis, KEY_CLIENT_FAILURES, "::1", "p:fim:failed:client:{::1}");
    assert_key(redis, KEY_MESSAGES, "a}b{c", "p:gml:{a}b{c}");
    assert_key(redis, KEY_MESSAGES, "}x", "p:gml:{/}x}");
    assert_key(redis, KEY_MESSAGES, "}", "p:gml:{/}}");
    assert_key(redis, KEY_EVENTS, "", "p:fim:ev:"); /* for all groups: by itself */
    assert_key(redis, KEY_RULES, "", "p:fim:rules:");
    assert_key(redis, KEY_WORDS, "", "p:fim:words");
    text_init(&t);
    key_add_pair(&t, redis, KEY_SENT, str_of("1"), str_of("3"));
    assert_bytes(text_str(&t), str_of("p:fim:sent:{1}/3"));
    text_fini(&t);
}

static void
key_names_of_one_id_share_a_slot_whatever_braces_it_has(void **state)
{
    static const char *const ids[] = {"1", "a{b}c", "{", "}", "}}", "{}", "}{x}", "\xe7\xbe\xa4"};
    struct text a, b;

    (void)state;
    text_init(&a);
    text_init(&b);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        key_add(&a, on_cluster(""), KEY_MESSAGES, str_of(ids[i]));
        key_add_pair(&b, on_cluster("p:"), KEY_SENT, str_of(ids[i]), str_of("u{v}w"));
        assert_int_equal(slot_of(text_str(&a)), slot_of(text_str(&b)));
        text_clear(&a);
        text_clear(&b);
    }
    text_fini(&a);
    text_fini(&b);
}

static void
key_id_of_a_cluster_wants_the_braces(void **state)
{
    static const char *const names[] = {"mq:1",    "mq:{1",  "mq:1}", "mq:{}", "mq:{}}",
                                        "mq:{/x}", "mq:{/}", "mq:{",  "mq:}",  "q:{1}"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_null(key_id(str_of(names[i]), on_cluster(""), KEY_CHANNEL).p);
    }
    assert_bytes(key_id(str_of("mq:{1}"), with(""), KEY_CHANNEL), str_of("{1}"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_names_are_those_of_the_contract),
        cmocka_unit_test(key_prefix_stands_before_every_name),
        cmocka_unit_test(key_adds_behind_what_is_there),
        cmocka_unit_test(key_id_keeps_colons_and_is_empty_where_the_name_ends),
        cmocka_unit_test(key_names_of_a_cluster_have_their_id_in_braces),
        cmocka_unit_test(key_names_of_one_id_share_a_slot_whatever_braces_it_has),
        cmocka_unit_test(key_id_of_a_cluster_wants_the_braces),
        cmocka_unit_test(key_id_refuses_names_of_another_kind_or_prefix),
    };

    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
