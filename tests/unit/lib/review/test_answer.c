/* test_answer.c - what the site says to a message, and what counts as no answer. */
#include "lib/review/answer.h"

#include "tests/unit/unit.h"

enum {
    MAX_BYTES = 10 /* of a message */
};

static void
each_answer_has_its_verdict(void **state)
{
    static const struct {
        const char *body;
        enum review_verdict verdict;
        const char *text; /* that replaces it, or the reason */
    } rows[] = {
        {"{\"action\":\"allow\"}", REVIEW_ALLOWED, ""},
        {" {\"x\":[1,{}],\"action\":\"allow\",\"info\":7,\"reason\":null}\r\n", REVIEW_ALLOWED, ""},
        {"{\"action\":\"refuse\"}", REVIEW_REFUSED, "review"},
        {"{\"action\":\"refuse\",\"reason\":\"bad_taste\"}", REVIEW_REFUSED, "bad_taste"},
        {"{\"action\":\"refuse\",\"reason\":\"abcdefghijklmnopqrstuvwxyz_abcde\"}", REVIEW_REFUSED,
         "abcdefghijklmnopqrstuvwxyz_abcde"},
        {"{\"action\":\"refuse\",\"reason\":\"abcdefghijklmnopqrstuvwxyz_abcdef\"}", REVIEW_REFUSED,
         "review"},
        {"{\"action\":\"refuse\",\"reason\":\"Bad\"}", REVIEW_REFUSED, "review"},
        {"{\"action\":\"refuse\",\"reason\":\"\"}", REVIEW_REFUSED, "review"},
        {"{\"action\":\"refuse\",\"reason\":\"a\\u0000b\"}", REVIEW_REFUSED, "review"},
        {"{\"action\":\"refuse\",\"reason\":[]}", REVIEW_REFUSED, "review"},
        {"{\"action\":\"replace\",\"info\":\"0123456789\"}", REVIEW_REPLACED, "0123456789"},
        {"{\"action\":\"replace\",\"info\":\"\\ud83d\\ude00 \\n\"}", REVIEW_REPLACED,
         "\xf0\x9f\x98\x80 \n"},
        {"{\"action\":\"replace\",\"info\":\"0123456789a\"}", REVIEW_FAILED, ""},
        {"{\"action\":\"replace\",\"info\":\"\"}", REVIEW_FAILED, ""},
        {"{\"action\":\"replace\",\"info\":\"a\\u0000\"}", REVIEW_FAILED, ""},
        {"{\"action\":\"replace\",\"info\":\"\xff\"}", REVIEW_FAILED, ""},
        {"{\"action\":\"replace\",\"info\":7}", REVIEW_FAILED, ""},
        {"{\"action\":\"replace\"}", REVIEW_FAILED, ""},
        {"{\"action\":\"Allow\"}", REVIEW_FAILED, ""},
        {"{\"action\":true}", REVIEW_FAILED, ""},
        {"{\"action\":\"allow\"", REVIEW_FAILED, ""},
        {"{\"action\":\"allow\"} x", REVIEW_FAILED, ""},
        {"{'action':'allow'}", REVIEW_FAILED, ""},
        {"{\"action\":\"allow\",\"x\":NaN}", REVIEW_FAILED, ""},
        {"[\"allow\"]", REVIEW_FAILED, ""},
        {"null", REVIEW_FAILED, ""},
        {"allow", REVIEW_FAILED, ""},
        {"", REVIEW_FAILED, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct review_answer a;

        review_answer_read(&a, str_of(rows[i].body), MAX_BYTES);
        if (a.verdict != rows[i].verdict) {
            fail_msg("%s: %d", rows[i].body, (int)a.verdict);
        }
        assert_bytes(a.verdict == REVIEW_REPLACED ? text_str(&a.info) : str_of(a.reason),
                     str_of(rows[i].text));
        review_answer_fini(&a);
        assert_int_equal(a.info.len, 0);
    }
}

static void
an_answer_has_room_for_each_byte_escaped(void **state)
{
    struct review_answer a;
    struct text body;

    (void)state;
    text_init(&body);
    text_add_str(&body, "{\"action\":\"replace\",\"info\":\"");
    for (int i = 0; i < MAX_BYTES; i++) {
        text_add_str(&body, "\\u0061");
    }
    text_add_str(&body, "\"}");
    assert_true(body.len <= review_answer_max_bytes(MAX_BYTES));
    while (body.len < review_answer_max_bytes(MAX_BYTES)) {
        text_add_str(&body, " ");
    }
    review_answer_read(&a, text_str(&body), MAX_BYTES);
    assert_int_equal(a.verdict, REVIEW_REPLACED);
    assert_bytes(text_str(&a.info), BYTES("aaaaaaaaaa"));
    review_answer_fini(&a);
    text_add_str(&body, " ");
    review_answer_read(&a, text_str(&body), MAX_BYTES);
    assert_int_equal(a.verdict, REVIEW_FAILED);
    text_fini(&body);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_has_its_verdict),
        cmocka_unit_test(an_answer_has_room_for_each_byte_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
