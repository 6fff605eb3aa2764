/* test_close_reason.c - why a connection ends: codes of RFC 6455, texts that fit the metrics. */
#include "push-daemon/core/close_reason.h"

#include "tests/unit/unit.h"

enum {
    LABEL_MAX = 60
};

static void
close_reasons_have_the_codes_of_the_contract(void **state)
{
    static const struct {
        enum close_reason reason;
        int code;
    } rows[] = {
        {CLOSE_CLIENT_CLOSED, 0},      {CLOSE_CONNECTION_LOST, 0},    {CLOSE_NO_PONG, 0},
        {CLOSE_TAKES_NOTHING, 0},      {CLOSE_TOO_MUCH_WAITS, 0},     {CLOSE_STOPPING, 1001},
        {CLOSE_PROTOCOL_ERROR, 1002},  {CLOSE_NOT_UTF8, 1007},        {CLOSE_NOT_LOGGED_IN, 1000},
        {CLOSE_TOKEN_EXPIRED, 1000},   {CLOSE_NOT_A_MEMBER, 1000},    {CLOSE_MESSAGE_TOO_BIG, 1009},
        {CLOSE_LIST_UNREADABLE, 1011}, {CLOSE_ENTER_FAULT, 1011},     {CLOSE_FELL_OFF_LOG, 1013},
        {CLOSE_OUTBOX_FULL, 1013},     {CLOSE_MISSED_TOO_MUCH, 1013}, {CLOSE_NO_FIRST_FRAME, 1013},
        {CLOSE_REDIS_BUSY, 1013},      {CLOSE_REDIS_LOST, 1013},      {CLOSE_REDIS_AWAY, 1013},
    };

    (void)state;
    assert_int_equal(sizeof(rows) / sizeof(rows[0]), CLOSE_REASON__MAX);
    for (int i = 0; i < CLOSE_REASON__MAX; i++) {
        assert_int_equal(rows[i].reason, i);
        assert_int_equal(close_reason_code(rows[i].reason), rows[i].code);
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
