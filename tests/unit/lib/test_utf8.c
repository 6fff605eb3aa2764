/* test_utf8.c - what is UTF-8: every code point, every two bytes, and each edge of RFC 3629. */
#include "lib/utf8.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

/* The bytes of a number in the generalised form of that many bytes, whether allowed or not. */
static size_t
encode(uint32_t code, size_t len, char *out)
{
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0, 0xF8};

    if (len == 1) {
        out[0] = (char)code;
        return 1;
    }
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)(leads[len] | code);
    return len;
}

static size_t
shortest(uint32_t code)
{
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

static bool
valid(uint32_t code, size_t len)
{
    char bytes[8];

    return utf8_valid(str_make(bytes, encode(code, len, bytes)));
}

static void
utf8_takes_every_code_point_but_surrogates(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;

        if (valid(code, shortest(code)) == surrogate) {
            fail_msg("U+%04X", code);
        }
    }
}

static void
utf8_refuses_every_overlong_form(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x10000; code++) {
        for (size_t len = shortest(code) + 1; len <= 4; len++) {
            if (valid(code, len)) {
                fail_msg("U+%04X in %zu bytes", code, len);
            }
        }
    }
}

static void
utf8_refuses_what_is_above_10ffff(void **state)
{
    (void)state;
    assert_true(utf8_valid(BYTES("\xF4\x8F\xBF\xBF")));
    assert_false(utf8_valid(BYTES("\xF4\x90\x80\x80")));
    for (uint32_t code = 0x110000; code < 0x200000; code++) {
        if (valid(code, 4)) {
            fail_msg("U+%X", code);
        }
    }
    assert_false(utf8_valid(BYTES("\xF8\x88\x80\x80\x80")));
    assert_false(utf8_valid(BYTES("\xFC\x84\x80\x80\x80\x80")));
}

static void
utf8_of_two_bytes_is_what_the_standard_says(void **state)
{
    char two[2];

    (void)state;
    for (int a = 0; a < 256; a++) {
        for (int b = 0; b < 256; b++) {
            bool wanted =
                (a < 0x80 && b < 0x80) || (a >= 0xC2 && a <= 0xDF && b >= 0x80 && b <= 0xBF);

            two[0] = (char)a;
            two[1] = (char)b;
            if (utf8_valid(str_make(two, 2)) != wanted) {
                fail_msg("%02x %02x", a, b);
            }
        }
    }
}

static void
utf8_refuses_every_truncation_and_every_broken_follower(void **state)
{
    static const uint32_t codes[] = {0x80,   0x7FF,   0x800,   0x4F60,
                                     0xFFFD, 0x10000, 0x1F600, 0x10FFFF};
    char bytes[8];

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        size_t len = encode(codes[i], shortest(codes[i]), bytes);

        for (size_t cut = 1; cut < len; cut++) {
            char kept = bytes[cut];

            assert_false(utf8_valid(str_make(bytes, cut)));
            assert_false(utf8_valid(str_make(bytes + cut, len - cut)));
            bytes[cut] = 'x';
            assert_false(utf8_valid(str_make(bytes, len)));
            bytes[cut] = '\xC2';
            assert_false(utf8_valid(str_make(bytes, len)));
            bytes[cut] = kept;
        }
    }
}

/* ASCII goes eight bytes at a time: a sequence, whole or broken, is seen wherever it stands. The
 * text is allocated to the byte, so that a sanitizer sees any look beyond it. */
static void
utf8_sees_a_sequence_at_any_distance_from_the_eight_byte_steps(void **state)
{
    static const char sequence[] = "\xF0\x9F\x98\x80";

    (void)state;
    for (size_t before = 0; before <= 24; before++) {
        for (size_t after = 0; after <= 24; after++) {
            for (size_t taken = 1; taken <= 4; taken++) {
                size_t len = before + taken + after;
                char *text = malloc(len);

                memset(text, 'a', len);
                memcpy(text + before, sequence, taken);
                assert_int_equal(utf8_valid(str_make(text, len)), taken == 4);
                free(text);
            }
        }
    }
}

static void
utf8_takes_nothing_and_nul(void **state)
{
    (void)state;
    assert_true(utf8_valid(str_make(NULL, 0)));
    assert_true(utf8_valid(BYTES("\0")));
    assert_true(utf8_valid(BYTES("0123456\0"
                                 "89abcdef")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_takes_every_code_point_but_surrogates),
        cmocka_unit_test(utf8_refuses_every_overlong_form),
        cmocka_unit_test(utf8_refuses_what_is_above_10ffff),
        cmocka_unit_test(utf8_of_two_bytes_is_what_the_standard_says),
        cmocka_unit_test(utf8_refuses_every_truncation_and_every_broken_follower),
        cmocka_unit_test(utf8_sees_a_sequence_at_any_distance_from_the_eight_byte_steps),
        cmocka_unit_test(utf8_takes_nothing_and_nul),
    };

    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
