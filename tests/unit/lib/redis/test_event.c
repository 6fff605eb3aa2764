/* test_event.c - what one process tells the daemons: written, and read again. */
#include "lib/redis/event.h"

#include "tests/unit/unit.h"

static void
a_close_is_read_again(void **state)
{
    static const char *const users[] = {"u", "a\"b\\", "\xe4\xbd\xa0", " "};

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct text event, user;

        text_init(&event);
        text_init(&user);
        event_add_close(&event, str_of(users[i]), 440, "login");
        assert_int_equal(event_read_close(text_str(&event), &user), i < 3);
        assert_bytes(text_str(&user), str_of(i < 3 ? users[i] : ""));
        text_fini(&event);
        text_fini(&user);
    }
}

static void
what_is_no_close_is_passed_over(void **state)
{
    static const char *const events[] = {
        "",
        "{",
        "null",
        "[]",
        "{}",
        "{\"do\":\"words\"}",
        "{\"do\":\"close\"}",
        "{\"do\":\"close\",\"userId\":3}",
        "{\"do\":\"close\",\"userId\":\"\"}",
        "{\"do\":1,\"userId\":\"u\"}",
        "{\"userId\":\"u\"}",
    };
    struct text user;

    (void)state;
    text_init(&user);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        assert_false(event_read_close(str_of(events[i]), &user));
    }
    assert_int_equal(user.len, 0);
    text_fini(&user);
}

static void
add_id(void *arg, struct str id)
{
    text_add(arg, id.p, id.len);
    text_add_str(arg, " ");
}

/* Reads it, and compares: "3 a b ", "3-" without ids, "" if it is none. */
static void
assert_presence(struct str event, const char *wanted)
{
    struct text told, ids;
    int64_t online = 7;
    bool named = false;

    text_init(&told);
    text_init(&ids);
    text_add_str(&ids, "");
    text_add_str(&told, "");
    if (event_read_presence(event, &online, &named, add_id, &ids)) {
        text_add_int(&told, online);
        text_add_str(&told, named ? " " : "-");
        text_add(&told, ids.bytes, ids.len);
    }
    assert_bytes(text_str(&told), str_of(wanted));
    text_fini(&told);
    text_fini(&ids);
}

static void
a_presence_is_read_again(void **state)
{
    static const struct {
        int64_t online;
        const char *ids;
        const char *event;
        const char *read;
    } cases[] = {
        {3, "a/b", "{\"do\":\"presence\",\"online\":3,\"users\":[\"a\",\"b\"]}", "3 a b "},
        {1, "\\\"\\\\", "{\"do\":\"presence\",\"online\":1,\"users\":[\"\\\"\\\\\"]}", "1 \"\\ "},
        {0, "", "{\"do\":\"presence\",\"online\":0,\"users\":[]}", "0 "},
        {300, NULL, "{\"do\":\"presence\",\"online\":300}", "300-"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct str ids = cases[i].ids != NULL ? str_of(cases[i].ids) : str_make(NULL, 0);
        struct text event;

        text_init(&event);
        event_add_presence(&event, cases[i].online, ids);
        assert_bytes(text_str(&event), str_of(cases[i].event));
        assert_presence(text_str(&event), cases[i].read);
        text_fini(&event);
    }
}

static void
what_is_no_presence_is_passed_over(void **state)
{
    static const char *const events[] = {
        "",
        "{}",
        "{\"do\":\"close\",\"online\":1}",
        "{\"do\":\"presence\"}",
        "{\"do\":\"presence\",\"online\":\"1\"}",
        "{\"do\":\"presence\",\"online\":-1}",
        "{\"do\":\"presence\",\"online\":1e300}",
        "{\"do\":\"presence\",\"online\":1,\"users\":1}",
        "{\"do\":\"presence\",\"online\":1,\"users\":[\"a\",1]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        assert_presence(str_of(events[i]), "");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_close_is_read_again),
        cmocka_unit_test(what_is_no_close_is_passed_over),
        cmocka_unit_test(a_presence_is_read_again),
        cmocka_unit_test(what_is_no_presence_is_passed_over),
    };

    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
