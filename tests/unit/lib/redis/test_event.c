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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_close_is_read_again),
        cmocka_unit_test(what_is_no_close_is_passed_over),
    };

    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
