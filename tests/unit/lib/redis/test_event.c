/* test_event.c - what one process tells the daemons: written, and read again. */
#include "lib/redis/event.h"

#include <stdio.h>

#include "tests/unit/unit.h"

/* Writes what the event tells: "close USER", "durable AT", "passing", "presence" or "-". */
static const char *
told(struct str json)
{
    static char text[200];
    struct event e;

    event_read(&e, json);
    switch (e.kind) {
    case EVENT_UNKNOWN:
        snprintf(text, sizeof(text), "-");
        break;
    case EVENT_DURABLE:
        snprintf(text, sizeof(text), "durable %lld", (long long)e.at);
        break;
    case EVENT_PASSING:
        snprintf(text, sizeof(text), "passing");
        break;
    case EVENT_CLOSE:
        snprintf(text, sizeof(text), "close %.*s", (int)e.user.len, e.user.bytes);
        break;
    case EVENT_PRESENCE:
        snprintf(text, sizeof(text), "presence");
        break;
    }
    event_fini(&e);
    return text;
}

static void
a_close_is_read_again(void **state)
{
    static const char *const users[] = {"u", "a\"b\\", "\xe4\xbd\xa0", " "};

    (void)state;
    for (int i = 0; i < 4; i++) {
        char wanted[40] = "-";
        struct text event;

        text_init(&event);
        event_add_close(&event, str_of(users[i]), 440, "login");
        if (i < 3) {
            snprintf(wanted, sizeof(wanted), "close %s", users[i]);
        }
        assert_string_equal(told(text_str(&event)), wanted);
        text_fini(&event);
    }
}

static void
each_kind_is_told_from_the_others(void **state)
{
    static const char *const rows[][2] = {
        {"{\"type\":\"recall\",\"at\":5,\"userId\":\"3\",\"ts\":4}", "durable 5"},
        {"{\"type\":\"purge\",\"at\":5,\"userId\":\"3\"}", "durable 5"},
        {"{\"type\":\"clear\",\"at\":9007199254740992}", "durable 9007199254740992"},
        {"{\"type\":\"notice\",\"at\":1,\"info\":\"x\"}", "durable 1"},
        {"{\"type\":\"signal\",\"userId\":\"3\",\"info\":\"x\"}", "passing"},
        {"{\"type\":\"settings\",\"settings\":{}}", "passing"},
        {"{\"do\":\"presence\",\"online\":1}", "presence"},
        {"{\"type\":\"recall\"}", "-"},
        {"{\"type\":\"recall\",\"at\":0}", "-"},
        {"{\"type\":\"recall\",\"at\":-1}", "-"},
        {"{\"type\":\"recall\",\"at\":\"5\"}", "-"},
        {"{\"type\":\"recall\",\"at\":1e300}", "-"},
        {"{\"type\":\"message\",\"at\":5}", "-"},
        {"{\"type\":\"welcome\"}", "-"},
        {"{\"type\":3}", "-"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(told(str_of(rows[i][0])), rows[i][1]);
    }
}

static void
what_is_no_event_is_passed_over(void **state)
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

    (void)state;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        assert_string_equal(told(str_of(events[i])), "-");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_close_is_read_again),
        cmocka_unit_test(each_kind_is_told_from_the_others),
        cmocka_unit_test(what_is_no_event_is_passed_over),
    };

    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
