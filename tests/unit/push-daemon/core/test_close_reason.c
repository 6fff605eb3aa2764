/* test_close_reason.c - why a connection ends: codes of RFC 6455, texts that fit the metrics. */
#include "push-daemon/core/close_reason.h"

#include "tests/unit/unit.h"

enum {
    LABEL_MAX = 60
};

/* CODE, WORD of Part 1 | CODE, ERROR, REASON of fastim.v2 */
static void
close_reasons_have_the_codes_of_the_contract(void **state)
{
    static const struct {
        enum close_reason reason;
        struct close_told v1, v2;
    } rows[] = {
        {CLOSE_CLIENT_CLOSED, {0, 0, ""}, {0, 0, ""}},
        {CLOSE_CONNECTION_LOST, {0, 0, ""}, {0, 0, ""}},
        {CLOSE_NO_PONG, {0, 0, ""}, {0, 0, ""}},
        {CLOSE_TAKES_NOTHING, {0, 0, ""}, {0, 0, ""}},
        {CLOSE_TOO_MUCH_WAITS, {0, 0, ""}, {0, 0, ""}},
        {CLOSE_STOPPING, {1001, 0, ""}, {1012, 0, ""}},
        {CLOSE_PROTOCOL_ERROR, {1002, 0, ""}, {1002, 0, ""}},
        {CLOSE_NOT_UTF8, {1007, 0, ""}, {1007, 0, ""}},
        {CLOSE_NOT_LOGGED_IN, {1000, 0, "440"}, {4440, 440, "login"}},
        {CLOSE_TOKEN_EXPIRED, {1000, 0, "440"}, {4440, 440, "login"}},
        {CLOSE_NOT_A_MEMBER, {1000, 0, ""}, {4403, 403, "member"}},
        {CLOSE_BANNED, {1000, 0, "403"}, {4403, 403, "banned"}},
        {CLOSE_MESSAGE_TOO_BIG, {1009, 0, ""}, {1009, 0, ""}},
        {CLOSE_LIST_UNREADABLE, {1011, 0, ""}, {1011, 0, ""}},
        {CLOSE_ENTER_FAULT, {1011, 0, ""}, {1011, 0, ""}},
        {CLOSE_FELL_OFF_LOG, {1013, 0, ""}, {1013, 0, ""}},
        {CLOSE_OUTBOX_FULL, {1013, 0, ""}, {1013, 0, ""}},
        {CLOSE_MISSED_TOO_MUCH, {1013, 0, ""}, {1013, 0, ""}},
        {CLOSE_NO_FIRST_FRAME, {1013, 0, "503"}, {1013, 503, "redis"}},
        {CLOSE_REDIS_BUSY, {1013, 0, "503"}, {1013, 503, "redis"}},
        {CLOSE_REDIS_LOST, {1013, 0, "503"}, {1013, 503, "redis"}},
        {CLOSE_REDIS_AWAY, {1013, 0, "503"}, {1013, 503, "redis"}},
        {CLOSE_LOGIN_FIRST, {0, 0, ""}, {4440, 440, "login"}},
        {CLOSE_JWT_EXPIRED, {0, 0, ""}, {4440, 440, "expired"}},
        {CLOSE_OTHER_GROUP, {0, 0, ""}, {4403, 403, "group"}},
        {CLOSE_BAD_FRAME, {0, 0, ""}, {4400, 400, "frame"}},
        {CLOSE_BINARY, {0, 0, ""}, {1003, 0, ""}},
    };

    (void)state;
    assert_int_equal(sizeof(rows) / sizeof(rows[0]), CLOSE_REASON__MAX);
    for (int i = 0; i < CLOSE_REASON__MAX; i++) {
        const struct close_told *v1 = close_reason_v1(rows[i].reason);
        const struct close_told *v2 = close_reason_v2(rows[i].reason);

        assert_int_equal(rows[i].reason, i);
        assert_int_equal(v1->code, rows[i].v1.code);
        assert_int_equal(v1->error, rows[i].v1.error);
        assert_string_equal(v1->word, rows[i].v1.word);
        assert_int_equal(v2->code, rows[i].v2.code);
        assert_int_equal(v2->error, rows[i].v2.error);
        assert_string_equal(v2->word, rows[i].v2.word);
    }
}

/* The text is a label of a metric, and a value in the log. */
static void
close_reasons_have_texts_of_their_own_that_fit(void **state)
{
    (void)state;
    for (int i = 0; i < CLOSE_REASON__MAX; i++) {
        const char *text = close_reason_text((enum close_reason)i);

        assert_in_range(strlen(text), 1, LABEL_MAX);
        assert_null(strpbrk(text, "\"\\\n"));
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(text, close_reason_text((enum close_reason)k));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(close_reasons_have_the_codes_of_the_contract),
        cmocka_unit_test(close_reasons_have_texts_of_their_own_that_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
