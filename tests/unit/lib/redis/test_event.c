/* test_event.c - what one process tells the daemons: written, and read again. */
#include "lib/redis/event.h"

#include <stdio.h>

#include "tests/unit/unit.h"

/* Of whom or what, and for how long. */
static void
tell_ban(char *text, size_t size, const struct event *e)
{
    if (e->user.len > 0) {
        snprintf(text, size, "ban %.*s %lld", (int)e->user.len, e->user.bytes,
                 (long long)e->retry_ms);
    } else {
        snprintf(text, size, "ban %s %lld", address_text(&e->address).text, (long long)e->retry_ms);
    }
}

/* Writes what the event tells: "close USER", "ban USER MS", "durable AT", "passing"... or "-". */
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
    case EVENT_SETTINGS:
        snprintf(text, sizeof(text), "settings %.*s", (int)e.settings.len, e.settings.p);
        break;
    case EVENT_BAN:
        tell_ban(text, sizeof(text), &e);
        break;
    case EVENT_YOU:
        snprintf(text, sizeof(text), "you %.*s", (int)e.user.len, e.user.bytes);
        break;
    case EVENT_WORDS:
        snprintf(text, sizeof(text), "words");
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
a_ban_is_read_again(void **state)
{
    static const struct {
        const char *key, *value;
        int64_t retry_ms;
        const char *read;
    } rows[] = {
        {"userId", "a\"b", 10000, "ban a\"b 10000"},
        {"userId", "\xe4\xbd\xa0", 0, "ban \xe4\xbd\xa0 0"},
        {"address", "10.0.0.1", 0, "ban 10.0.0.1 0"},
        {"address", "2001:db8:1:2::", 5, "ban 2001:db8:1:2:: 5"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text event;

        text_init(&event);
        event_add_ban(&event, rows[i].key, str_of(rows[i].value), rows[i].retry_ms);
        assert_string_equal(told(text_str(&event)), rows[i].read);
        text_fini(&event);
    }
}

static void
settings_and_you_are_read_again(void **state)
{
    struct text event;

    (void)state;
    text_init(&event);
    event_add_settings(&event, str_of("{\"slow\":5}"));
    assert_string_equal(told(text_str(&event)), "settings {\"slow\":5}");
    text_clear(&event);
    event_add_you(&event, str_of("a\"b"));
    assert_string_equal(told(text_str(&event)), "you a\"b");
    text_fini(&event);
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
        {"{\"type\":\"settings\",\"settings\":{}}", "settings {}"},
        {"{\"type\":\"settings\",\"settings\":{\"slow\":5,\"attrs\":{\"a\":\"}\"}}}",
         "settings {\"slow\":5,\"attrs\":{\"a\":\"}\"}}"},
        {"{\"do\":\"you\",\"userId\":\"u\"}", "you u"},
        {"{\"do\":\"close\",\"userId\":\"u\",\"code\":403,\"reason\":\"banned\"}", "ban u 0"},
        {"{\"do\":\"close\",\"userId\":\"u\",\"code\":403,\"retryAfter\":10000}", "ban u 10000"},
        {"{\"do\":\"close\",\"userId\":\"u\",\"code\":403,\"retryAfter\":-1}", "ban u 0"},
        {"{\"do\":\"close\",\"userId\":\"u\",\"code\":403,\"retryAfter\":1e300}", "ban u 0"},
        {"{\"do\":\"close\",\"address\":\"10.0.0.1\",\"code\":403}", "ban 10.0.0.1 0"},
        {"{\"do\":\"close\",\"address\":\"2001:db8::\",\"code\":403}", "ban 2001:db8:: 0"},
        {"{\"do\":\"presence\",\"online\":1}", "presence"},
        {"{\"do\":\"words\"}", "words"},
        {"{\"type\":\"recall\"}", "-"},
        {"{\"type\":\"recall\",\"at\":0}", "-"},
        {"{\"type\":\"recall\",\"at\":-1}", "-"},
        {"{\"type\":\"recall\",\"at\":\"5\"}", "-"},
        {"{\"type\":\"recall\",\"at\":1e300}", "-"},
        {"{\"type\":\"settings\"}", "-"},
        {"{\"type\":\"settings\",\"settings\":[]}", "-"},
        {"{\"type\":\"settings\",\"settings\":{},\"more\":1}", "-"},
        {"{\"type\":\"settings\",\"settings\":{}} ", "-"},
        {"{\"settings\":{},\"type\":\"settings\"}", "-"},
        {"{\"type\":\"message\",\"at\":5}", "-"},
        {"{\"type\":\"welcome\"}", "-"},
        {"{\"type\":3}", "-"},
        /* Clients get it as it is: what not all of them can read is none. */
        {"{\"type\":\"signal\",\"info\":\"a\nb\"}", "-"},
        {"{\"type\":\"signal\",\n\"info\":\"x\"}", "-"},
        {"{\"type\":\"signal\",\"in\x03o\":\"x\"}", "-"},
        {"{\"type\":\"signal\",\"info\":NaN}", "-"},
        {"{\"type\":\"clear\",\"at\":5.}", "-"},
        {"{\"type\":\"signal\",\"info\":\"\xff\"}", "-"},
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
        "{\"do\":\"close\"}",
        "{\"do\":\"close\",\"userId\":3}",
        "{\"do\":\"close\",\"userId\":\"\"}",
        "{\"do\":\"close\",\"userId\":\"\",\"code\":403,\"address\":\"10.0.0.1\"}",
        "{\"do\":\"close\",\"code\":403}",
        "{\"do\":\"close\",\"code\":403,\"address\":\"10.0.0\"}",
        "{\"do\":\"close\",\"code\":403,\"address\":7}",
        "{\"do\":\"you\"}",
        "{\"do\":\"you\",\"userId\":3}",
        "{\"do\":1,\"userId\":\"u\"}",
        "{\"userId\":\"u\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        assert_string_equal(told(str_of(events[i])), "-");
    }
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
        cmocka_unit_test(a_ban_is_read_again),
        cmocka_unit_test(settings_and_you_are_read_again),
        cmocka_unit_test(each_kind_is_told_from_the_others),
        cmocka_unit_test(what_is_no_event_is_passed_over),
        cmocka_unit_test(a_presence_is_read_again),
        cmocka_unit_test(what_is_no_presence_is_passed_over),
    };

    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
