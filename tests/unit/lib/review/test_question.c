/* test_question.c - what the site is shown, to the byte. */
#include "lib/review/question.h"

#include "tests/unit/unit.h"

static void
it_is_json_with_four_keys(void **state)
{
    struct text out;

    (void)state;
    text_init(&out);
    review_question_add(&out, &(struct review_question){BYTES("g"), BYTES("张"),
                                                        BYTES("a \"b\"\n\1\xf0\x9f\x98\x80"),
                                                        BYTES("2001:db8::1")});
    assert_bytes(text_str(&out),
                 BYTES("{\"groupId\":\"g\",\"userId\":\"张\",\"info\":\"a \\\"b\\\"\\n\\u0001"
                       "\xf0\x9f\x98\x80\",\"client\":\"2001:db8::1\"}"));
    text_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_json_with_four_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
