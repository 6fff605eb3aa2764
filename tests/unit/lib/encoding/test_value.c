/* test_value.c - values in the form of the Java original: what it wrote itself, every code point by
 * Jackson's rules, and bytes of all kinds. */
#include "lib/encoding/value.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/json.h"
#include "lib/utf8.h"
#include "tests/unit/unit.h"

static struct text encoded, decoded;

static int
set_up(void **state)
{
    (void)state;
    text_init(&encoded);
    text_init(&decoded);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    text_fini(&encoded);
    text_fini(&decoded);
    return 0;
}

static struct str
encode(struct str plain)
{
    text_clear(&encoded);
    value_encode(&encoded, plain);
    return text_str(&encoded);
}

/* p is NULL if there is no value. */
static struct str
decode(struct str stored)
{
    text_clear(&decoded);
    return value_decode(&decoded, stored) ? text_str(&decoded) : str_make(NULL, 0);
}

/* ---- tests/vectors/java.txt ---- */

static struct str
unhex(char *hex)
{
    size_t length = strlen(hex) / 2;

    for (size_t i = 0; i < length; i++) {
        const char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};

        hex[i] = (char)strtol(digits, NULL, 16);
    }
    return str_make(hex, length);
}

static void
value_is_to_the_byte_what_java_wrote(void **state)
{
    FILE *file = fopen("tests/vectors/java.txt", "r");
    char line[1000];
    int vectors = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        struct str plain, stored;

        if (*line == '#') {
            continue;
        }
        assert_non_null(strtok(line, "\t"));
        plain = unhex(strtok(NULL, "\t"));
        stored = unhex(strtok(NULL, "\n"));
        assert_bytes(encode(plain), stored);
        assert_bytes(decode(stored), plain);
        vectors++;
    }
    fclose(file);
    assert_int_equal(vectors, 26);
}

/* ---- every code point ---- */

/* How Jackson writes it, which escapes as few characters as it can but goes by UTF-16. */
static size_t
jackson(uint32_t c, char out[16])
{
    static const char *const shorts[0x60] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",  ['\f'] = "\\f",
        ['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\",
    };

    if (c < 0x60 && shorts[c] != NULL) {
        return (size_t)sprintf(out, "%s", shorts[c]);
    }
    if (c < 0x20) {
        return (size_t)sprintf(out, "\\u%04X", (unsigned)c);
    }
    if (c > 0xFFFF) {
        return (size_t)sprintf(out, "\\u%04X\\u%04X", (unsigned)(0xD800 + (c - 0x10000) / 0x400),
                               (unsigned)(0xDC00 + (c - 0x10000) % 0x400));
    }
    return utf8_put(out, c);
}

static void
value_of_every_code_point_is_written_as_jackson_does(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char plain[UTF8_MAX_BYTES + 2] = "a", wanted[20] = "\"a";
        size_t length, more;

        if (c >= 0xD800 && c <= 0xDFFF) {
            continue;
        }
        length = 1 + utf8_put(plain + 1, c);
        plain[length++] = 'z';
        more = jackson(c, wanted + 2);
        memcpy(wanted + 2 + more, "z\"", 2);
        assert_bytes(encode(str_make(plain, length)), str_make(wanted, more + 4));
        assert_bytes(decode(text_str(&encoded)), str_make(plain, length));
    }
}

static void
value_of_every_code_point_is_read_in_each_form(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char plain[UTF8_MAX_BYTES], raw[UTF8_MAX_BYTES + 2] = "\"", lower[20], upper[20];
        bool is_half = c >= 0xD800 && c <= 0xDFFF;
        struct str wanted = str_make(plain, is_half ? 0 : utf8_put(plain, c));
        unsigned high = 0xD800 + (unsigned)(c - 0x10000) / 0x400;
        unsigned low = 0xDC00 + (unsigned)(c - 0x10000) % 0x400;

        snprintf(lower, sizeof(lower), c > 0xFFFF ? "\"\\u%04x\\u%04x\"" : "\"\\u%04x\"",
                 c > 0xFFFF ? high : (unsigned)c, low);
        snprintf(upper, sizeof(upper), c > 0xFFFF ? "\"\\u%04X\\u%04X\"" : "\"\\u%04X\"",
                 c > 0xFFFF ? high : (unsigned)c, low);
        if (is_half) {
            assert_null(decode(str_of(lower)).p);
            assert_null(decode(str_of(upper)).p);
            continue;
        }
        assert_bytes(decode(str_of(lower)), wanted);
        assert_bytes(decode(str_of(upper)), wanted);
        if (c >= 0x20 && c != '"' && c != '\\') {
            memcpy(raw + 1, plain, wanted.len);
            raw[1 + wanted.len] = '"';
            assert_bytes(decode(str_make(raw, wanted.len + 2)), wanted);
        }
    }
}

/* ---- what is read, and what is not ---- */

static void
value_is_read_with_any_escape_and_white_space_around_it(void **state)
{
    (void)state;
    assert_bytes(decode(BYTES("\"\"")), BYTES(""));
    assert_bytes(decode(BYTES(" \t\r\n\"a\" \t\r\n")), BYTES("a"));
    assert_bytes(decode(BYTES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")), BYTES("\"\\/\b\f\n\r\t"));
    assert_bytes(decode(BYTES("\"\\u0041\\u00e9\\u7fA4\\ud83D\\uDe00\"")),
                 BYTES("A\xc3\xa9\xe7\xbe\xa4\xf0\x9f\x98\x80"));
    assert_bytes(decode(BYTES("\"\\u0000\"")), BYTES("\0"));
    assert_bytes(decode(BYTES("\"{\\\"a\\\":1}\"")), BYTES("{\"a\":1}"));
    assert_bytes(decode(BYTES("\"\x7f\"")), BYTES("\x7f"));
}

static void
value_is_none_if_it_is_no_json_string(void **state)
{
    const struct str none[] = {
        BYTES(""),
        BYTES(" "),
        BYTES("a"),
        BYTES("1"),
        BYTES("null"),
        BYTES("{}"),
        BYTES("[\"a\"]"),
        BYTES("\""),
        BYTES("\"a"),
        BYTES("a\""),
        BYTES("\"a\"b"),
        BYTES("\"a\"\"b\""),
        BYTES("\"a\" \"b\""),
        BYTES("\"a\","),
        BYTES("\"a\\\""),
        BYTES("\"\\\""),
        BYTES("\"\\x41\""),
        BYTES("\"\\u004\""),
        BYTES("\"\\u00g1\""),
        BYTES("\"\\u\""),
        BYTES("\"\\U0041\""),
        BYTES("\"\\ud83d\""),
        BYTES("\"\\ud83dx\""),
        BYTES("\"\\ud83d\\n\""),
        BYTES("\"\\ud83d\\u0041\""),
        BYTES("\"\\ude00\\ud83d\""),
        BYTES("\"a\nb\""),
        BYTES("\"a\0b\""),
        BYTES("\"\x80\""),
        BYTES("\"\xed\xa0\x80\""),
        BYTES("\xef\xbb\xbf\"a\""),
        BYTES("\v\"a\""),
        BYTES("\"a\"\0"),
        BYTES("'a'"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        text_clear(&decoded);
        text_add_str(&decoded, "before");
        if (value_decode(&decoded, none[i])) {
            fail_msg("|%.*s| is no value", (int)none[i].len, none[i].p);
        }
        assert_bytes(text_str(&decoded), BYTES("before"));
    }
}

static void
value_in_parts_is_the_whole(void **state)
{
    (void)state;
    text_clear(&encoded);
    text_add_str(&encoded, "\"");
    value_encode_part(&encoded, BYTES("{\"ts\":"));
    value_encode_part(&encoded, BYTES(""));
    value_encode_part(&encoded, BYTES("5}"));
    text_add_str(&encoded, "\"");
    assert_bytes(text_str(&encoded), BYTES("\"{\\\"ts\\\":5}\""));
}

static void
value_bare_number_is_a_whole_one_by_itself(void **state)
{
    static const char *const none[] = {"",  "-",   "01",  "-01", "1.0", "1e3",  "+1",
                                       "a", "1 2", "0x1", "--1", "1a",  "\"1\""};

    (void)state;
    assert_bytes(value_bare_number(BYTES("1")), BYTES("1"));
    assert_bytes(value_bare_number(BYTES("0")), BYTES("0"));
    assert_bytes(value_bare_number(BYTES(" -120\n")), BYTES("-120"));
    assert_bytes(value_bare_number(BYTES("98765432109876543210")), BYTES("98765432109876543210"));
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_null(value_bare_number(str_of(none[i])).p);
    }
}

/* ---- bytes of all kinds, from a fixed seed ---- */

static uint64_t random_state = 16;

static uint32_t
random_below(uint32_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % n;
}

static void
value_of_any_bytes_is_what_another_reader_says(void **state)
{
    static const char *const pieces[] = {"a",    "\"",   "\\",   "\\\\", "\\\"", "\\/",
                                         "\\u",  "00",   "4a",   "d8",   "3D",   "\\ud83d\\ude00",
                                         "\xc3", "\xa9", "\xe4", "\xbd", "\xa0", "\xf0\x9f\x98\x80",
                                         " ",    "\n",   "{",    "1",    "\x7f", "\\n"};

    (void)state;
    for (int round = 0; round < 200000; round++) {
        char bytes[400] = "\"";
        size_t length = random_below(16) > 0, parts = random_below(12);
        struct json_object *root;
        struct str stored, other;

        for (size_t i = 0; i < parts; i++) {
            const char *piece = pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];

            memcpy(bytes + length, piece, strlen(piece));
            length += strlen(piece);
        }
        if (random_below(16) > 0) {
            bytes[length++] = '"';
        }
        stored = str_make(bytes, length);
        if (!value_decode((text_clear(&decoded), &decoded), stored)) {
            continue;
        }
        assert_true(json_parse(&root, stored, 2) && json_is_strict(stored));
        other = json_plain(root);
        assert_bytes(text_str(&decoded), other);
        assert_bytes(decode(encode(other)), other);
        json_free(root);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(value_is_to_the_byte_what_java_wrote),
        cmocka_unit_test(value_of_every_code_point_is_written_as_jackson_does),
        cmocka_unit_test(value_of_every_code_point_is_read_in_each_form),
        cmocka_unit_test(value_is_read_with_any_escape_and_white_space_around_it),
        cmocka_unit_test(value_is_none_if_it_is_no_json_string),
        cmocka_unit_test(value_in_parts_is_the_whole),
        cmocka_unit_test(value_bare_number_is_a_whole_one_by_itself),
        cmocka_unit_test(value_of_any_bytes_is_what_another_reader_says),
    };

    return cmocka_run_group_tests_name("value", tests, set_up, tear_down);
}
