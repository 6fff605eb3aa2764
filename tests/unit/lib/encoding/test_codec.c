/* test_codec.c - messages and ids as redis.encoding has them. */
#include "lib/encoding/codec.h"

#include "tests/unit/unit.h"

#define MESSAGE "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"x\",\"ts\":5}"
#define WRAPPED                                                                                    \
    "\"{\\\"groupId\\\":\\\"g\\\",\\\"userId\\\":\\\"u\\\",\\\"info\\\":\\\"x\\\",\\\"ts\\\":5}\""

/* Is it a message with ts 5, in our own form? Else nothing may be added. */
static bool
is_message(enum config_encoding encoding, const char *stored)
{
    struct text out;
    int64_t ts = -1;
    bool ok;

    text_init(&out);
    ok = codec_recode(encoding, &out, str_of("g"), str_of(stored), &ts);
    if (ok) {
        assert_bytes(text_str(&out), str_of(MESSAGE));
        assert_int_equal(ts, 5);
    } else {
        assert_int_equal(out.len, 0);
    }
    text_fini(&out);
    return ok;
}

static void
message_in_plain_is_an_object_and_nothing_else(void **state)
{
    (void)state;
    assert_true(is_message(ENCODING_PLAIN, MESSAGE));
    assert_false(is_message(ENCODING_PLAIN, WRAPPED));
    assert_false(codec_hurts_java(ENCODING_PLAIN, str_of(MESSAGE)));
}

static void
message_in_java_is_a_string_around_an_object_or_the_object(void **state)
{
    (void)state;
    assert_true(is_message(ENCODING_JAVA, WRAPPED));
    assert_true(is_message(ENCODING_JAVA, " \n" WRAPPED " "));
    assert_true(is_message(ENCODING_JAVA, MESSAGE));
    assert_true(is_message(ENCODING_JAVA, "\t " MESSAGE));
    assert_true(is_message(ENCODING_JAVA, "\"{\\u0022ts\\\":5,\\\"info\\\":\\\"x\\\","
                                          "\\\"userId\\\":\\\"u\\\"}\""));
    assert_false(is_message(ENCODING_JAVA, ""));
    assert_false(is_message(ENCODING_JAVA, "x"));
    assert_false(is_message(ENCODING_JAVA, "\"x\""));
    assert_false(is_message(ENCODING_JAVA, "\"{}\""));
    assert_false(is_message(ENCODING_JAVA, WRAPPED "x"));
    assert_false(is_message(ENCODING_JAVA, "[" WRAPPED "]"));
}

static void
only_an_object_by_itself_hurts_java(void **state)
{
    (void)state;
    assert_true(codec_hurts_java(ENCODING_JAVA, str_of(MESSAGE)));
    assert_true(codec_hurts_java(ENCODING_JAVA, str_of(" \r\n\t{")));
    assert_false(codec_hurts_java(ENCODING_JAVA, str_of(WRAPPED)));
    assert_false(codec_hurts_java(ENCODING_JAVA, str_of("")));
    assert_false(codec_hurts_java(ENCODING_JAVA, str_of("  ")));
}

static void
id_in_java_is_a_string_or_a_bare_number(void **state)
{
    static const char *const rows[][2] = {
        {"\"1\"", "1"},
        {"1", "1"},
        {" -20 ", "-20"},
        {"\"a\\\"b\"", "a\"b"},
        {"\"\\u7fa4\"", "\xe7\xbe\xa4"},
        {"abc", ""},
        {"1.5", ""},
        {"true", ""},
        {"\"\"", ""},
        {"{}", ""},
        {"\"a", ""},
    };
    struct text scratch;

    (void)state;
    text_init(&scratch);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_bytes(codec_id(ENCODING_JAVA, &scratch, str_of(rows[i][0])), str_of(rows[i][1]));
        assert_bytes(codec_id(ENCODING_PLAIN, &scratch, str_of(rows[i][0])), str_of(rows[i][0]));
    }
    text_fini(&scratch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_in_plain_is_an_object_and_nothing_else),
        cmocka_unit_test(message_in_java_is_a_string_around_an_object_or_the_object),
        cmocka_unit_test(only_an_object_by_itself_hurts_java),
        cmocka_unit_test(id_in_java_is_a_string_or_a_bare_number),
    };

    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
