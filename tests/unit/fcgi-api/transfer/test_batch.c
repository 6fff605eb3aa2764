/* test_batch.c - entries of an import on their way to a Redis that answers as the test says. */
#include "fcgi-api/transfer/batch.h"

#include <stdio.h>

#include "lib/message.h"
#include "tests/unit/fcgi-api/fake_redis.h"

#define LOADED "$3\r\nsha\r\n"
#define TIME   "*2\r\n$10\r\n1700000000\r\n$1\r\n5\r\n"
#define EMPTY                                                                                      \
    {"SCRIPT", LOADED, false}, {"TIME", TIME, false}, {"LLEN", ":0\r\n", false},                   \
    {                                                                                              \
        "LRANGE", "*0\r\n", false                                                                  \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, false                                                                          \
    }

static struct fake_redis redis;
static struct batches batches;

static void
begin(const struct fake_step *steps)
{
    fake_redis_start(&redis, steps);
    assert_int_equal(batches_init(&batches, &redis.config, NULL, str_of("g"), 1), BATCH_OK);
}

static void
end(void)
{
    batches_fini(&batches);
    fake_redis_stop(&redis);
}

/* Adds the messages of these lines; ts is the line. */
static enum batch_result
add(int64_t first, int64_t last)
{
    enum batch_result result = BATCH_OK;
    struct text entry;

    text_init(&entry);
    for (int64_t line = first; line <= last && result == BATCH_OK; line++) {
        text_clear(&entry);
        message_add(&entry, str_of("g"), str_of("u"), str_of("x"), line);
        result = batches_add(&batches, text_str(&entry), line, line);
    }
    text_fini(&entry);
    return result;
}

static void
batches_are_stored_one_behind_the_other(void **state)
{
    static const struct fake_step steps[] = {EMPTY,
                                             {"SET", "+OK\r\n", false},
                                             {"EVALSHA", ":500\r\n", false},
                                             {"EVALSHA", ":1000\r\n", false},
                                             {"EVALSHA", ":1001\r\n", false},
                                             {"EVALSHA", ":1001\r\n", false},
                                             END};

    (void)state;
    begin(steps);
    assert_int_equal(add(1, 1001), BATCH_OK);
    assert_int_equal(batches_end(&batches), BATCH_OK);
    assert_int_equal(batches_length(&batches), 1001);
    assert_int_equal(batches_line(&batches), 1001);
    assert_int_equal(batches.highest, 1001);
    assert_int_equal(batches_note(&batches, "local:me", 1001), BATCH_OK);
    end();
}

static void
ts_that_is_a_day_ahead_does_not_count(void **state)
{
    static const struct fake_step steps[] = {
        EMPTY, {"SET", "+OK\r\n", false}, {"EVALSHA", ":3\r\n", false}, END};
    int64_t bound = INT64_C(1700000000000) + 86400000;

    (void)state;
    begin(steps);
    assert_int_equal(batches_add(&batches, str_of("a"), bound - 1, 1), BATCH_OK);
    assert_int_equal(batches_add(&batches, str_of("b"), bound, 2), BATCH_OK);
    assert_int_equal(batches_add(&batches, str_of("c"), MESSAGE_TS_MAX, 3), BATCH_OK);
    assert_int_equal(batches_end(&batches), BATCH_OK);
    assert_true(batches.highest == bound - 1);
    end();
}

static void
refusal_ends_it_and_tells_how_far_it_came(void **state)
{
    static const struct {
        const char *answer;
        enum batch_result result;
    } cases[] = {
        {":-3\r\n", BATCH_CHANGED},
        {":-2\r\n", BATCH_ENTERED},
        {"-OOM command not allowed\r\n", BATCH_ERROR},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct fake_step steps[] = {EMPTY,
                                          {"SET", "+OK\r\n", false},
                                          {"EVALSHA", ":500\r\n", false},
                                          {"EVALSHA", cases[i].answer, false},
                                          END};

        begin(steps);
        assert_int_equal(add(1, 600), BATCH_OK);
        assert_int_equal(batches_end(&batches), cases[i].result);
        assert_int_equal(batches_line(&batches), 500);
        assert_false(batches.is_unsure);
        end();
    }
}

/* What Redis says of the list when the connection is made anew. */
static void
expect_after_break(const char *length, const char *newest, int64_t line, bool is_unsure)
{
    const struct fake_step steps[] = {EMPTY,
                                      {"SET", "+OK\r\n", false},
                                      {"EVALSHA", ":500\r\n", false},
                                      {"EVALSHA", "", true},
                                      {"SCRIPT", LOADED, false},
                                      {"DEL", ":1\r\n", false},
                                      {"LLEN", length, false},
                                      {"LRANGE", newest, false},
                                      END};

    begin(steps);
    assert_int_equal(add(1, 600), BATCH_OK);
    assert_int_equal(batches_end(&batches), BATCH_AWAY);
    assert_int_equal(batches_line(&batches), line);
    assert_int_equal(batches.is_unsure, is_unsure);
    end();
}

static void
list_tells_what_is_stored_if_a_reply_is_lost(void **state)
{
    (void)state;
    expect_after_break(
        ":500\r\n",
        "*1\r\n$48\r\n{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"x\",\"ts\":500}\r\n", 500,
        false);
    expect_after_break(
        ":600\r\n",
        "*1\r\n$48\r\n{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"x\",\"ts\":600}\r\n", 600,
        false);
    expect_after_break(/* somebody else has written since */
                       ":601\r\n",
                       "*1\r\n$48\r\n{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"x\",\"ts\":999}"
                       "\r\n",
                       500, true);
}

static void
redis_that_cannot_be_reached_is_told(void **state)
{
    static const struct fake_step steps[] = {END};

    (void)state;
    fake_redis_start(&redis, steps);
    fake_redis_set(&redis, "redis.socket", "/nonexistent/socket");
    assert_int_equal(batches_init(&batches, &redis.config, NULL, str_of("g"), 1), BATCH_AWAY);
    end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_are_stored_one_behind_the_other),
        cmocka_unit_test(ts_that_is_a_day_ahead_does_not_count),
        cmocka_unit_test(refusal_ends_it_and_tells_how_far_it_came),
        cmocka_unit_test(list_tells_what_is_stored_if_a_reply_is_lost),
        cmocka_unit_test(redis_that_cannot_be_reached_is_told),
    };

    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
