/* test_append_reply.c - what each answer of append.lua means. */
#include "push-daemon/append/append_reply.h"

#include "tests/unit/push-daemon/replies.h"

static void
each_answer_has_its_meaning(void **state)
{
    static const struct {
        const char *wire;
        enum append_answer answer;
        enum append_result result;
        int64_t ts, redis_ms, retry_ms;
        const char *reason, *error;
    } rows[] = {
        {":1648368380132\r\n", ANSWER_STORED, APPEND_STORED, INT64_C(1648368380132), 0, 0, "", ""},
        {"*2\r\n:1\r\n:77\r\n", ANSWER_STORED, APPEND_STORED, 77, 0, 0, "", ""}, /* a known id */
        {":-1\r\n", ANSWER_REFUSED, APPEND_NOT_LOGGED_IN, 0, 0, 0, "", ""},
        {":-3\r\n", ANSWER_OUT_OF_ORDER, APPEND_REFUSED, 0, 0, 0, "", ""},
        {":-4\r\n", ANSWER_REFUSED, APPEND_NOT_JOINED, 0, 0, 0, "", ""},
        {"*2\r\n:-2\r\n:99\r\n", ANSWER_TOO_LATE, APPEND_REFUSED, 0, 99, 0, "", ""},
        {"*3\r\n:-5\r\n$4\r\nslow\r\n:4200\r\n", ANSWER_REFUSED, APPEND_AGAINST_RULES, 0, 0, 4200,
         "slow", ""},
        {"*2\r\n:-5\r\n$6\r\nbanned\r\n", ANSWER_REFUSED, APPEND_AGAINST_RULES, 0, 0, 0, "banned",
         ""},
        {"*2\r\n:-5\r\n:5\r\n", ANSWER_REFUSED, APPEND_AGAINST_RULES, 0, 0, 0, "", ""},
        {"-NOSCRIPT No matching script\r\n", ANSWER_NO_SCRIPT, APPEND_REFUSED, 0, 0, 0, "",
         "NOSCRIPT No matching script"},
        {"-OOM no\r\n", ANSWER_REFUSED, APPEND_REFUSED, 0, 0, 0, "", "OOM no"},
        {"-MOVED 5 h:1\r\n", ANSWER_ELSEWHERE, APPEND_REFUSED, 0, 0, 0, "", "MOVED 5 h:1"},
        {"-ASK 5 h:1\r\n", ANSWER_ELSEWHERE, APPEND_REFUSED, 0, 0, 0, "", "ASK 5 h:1"},
        {"-TRYAGAIN no\r\n", ANSWER_ELSEWHERE, APPEND_REFUSED, 0, 0, 0, "", "TRYAGAIN no"},
        {"-CLUSTERDOWN no\r\n", ANSWER_REFUSED, APPEND_REFUSED, 0, 0, 0, "", "CLUSTERDOWN no"},
        /* What the script never says is a refusal. */
        {":0\r\n", ANSWER_REFUSED, APPEND_REFUSED, 0, 0, 0, "", ""},
        {":-2\r\n", ANSWER_REFUSED, APPEND_REFUSED, 0, 0, 0, "", ""},
        {":-99\r\n", ANSWER_REFUSED, APPEND_REFUSED, 0, 0, 0, "", ""},
        {"$1\r\n1\r\n", ANSWER_REFUSED, APPEND_REFUSED, 0, 0, 0, "", ""},
        {"$-1\r\n", ANSWER_REFUSED, APPEND_REFUSED, 0, 0, 0, "", ""},
        {"*0\r\n", ANSWER_REFUSED, APPEND_REFUSED, 0, 0, 0, "", ""},
        {"*1\r\n:1\r\n", ANSWER_REFUSED, APPEND_REFUSED, 0, 0, 0, "", ""},
        {"*2\r\n:2\r\n:77\r\n", ANSWER_REFUSED, APPEND_REFUSED, 0, 0, 0, "", ""},
        {"*2\r\n$1\r\n1\r\n:77\r\n", ANSWER_REFUSED, APPEND_REFUSED, 0, 0, 0, "", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct reply *reply = reply_parse(rows[i].wire);
        struct append_reply r = append_reply_read(reply);

        if (r.answer != rows[i].answer || r.outcome.result != rows[i].result) {
            fail_msg("%s: answer %d, result %d", rows[i].wire, r.answer, r.outcome.result);
        }
        assert_int_equal(r.outcome.ts, rows[i].ts);
        assert_int_equal(r.redis_ms, rows[i].redis_ms);
        assert_int_equal(r.outcome.retry_ms, rows[i].retry_ms);
        assert_bytes(r.outcome.reason, str_of(rows[i].reason));
        assert_bytes(r.error, str_of(rows[i].error));
        reply_free(reply);
    }
}

static void
a_note_of_a_refusal_is_read(void **state)
{
    static const struct {
        const char *note;
        int64_t seq; /* 0: it is none */
        enum append_result result;
        const char *reason;
        int64_t retry_ms;
    } rows[] = {
        {"1 -1", 1, APPEND_NOT_LOGGED_IN, "", 0},
        {"9007199254740993 -4", INT64_C(9007199254740993), APPEND_NOT_JOINED, "", 0},
        {"17 -5 slow 4200", 17, APPEND_AGAINST_RULES, "slow", 4200},
        {"17 -5 banned 0", 17, APPEND_AGAINST_RULES, "banned", 0},
        {"", 0, 0, "", 0},
        {"1", 0, 0, "", 0},
        {"0 -1", 0, 0, "", 0},
        {"x -1", 0, 0, "", 0},
        {"1 -2", 0, 0, "", 0},
        {"1 -5", 0, 0, "", 0},
        {"1 -5 slow", 0, 0, "", 0},
        {"1 -5 slow x", 0, 0, "", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct append_reply r;
        int64_t seq = 0;

        if (append_reply_read_note(&r, &seq, str_of(rows[i].note)) != (rows[i].seq > 0)) {
            fail_msg("%s", rows[i].note);
        }
        if (rows[i].seq > 0) {
            assert_int_equal(seq, rows[i].seq);
            assert_int_equal(r.answer, ANSWER_REFUSED);
            assert_int_equal(r.outcome.result, rows[i].result);
            assert_bytes(r.outcome.reason, str_of(rows[i].reason));
            assert_int_equal(r.outcome.retry_ms, rows[i].retry_ms);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_has_its_meaning),
        cmocka_unit_test(a_note_of_a_refusal_is_read),
    };

    return cmocka_run_group_tests_name("append_reply", tests, NULL, NULL);
}
