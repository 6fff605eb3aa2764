/* test_fold.c - what the word filter takes for the same. */
#include "lib/filter/fold.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "lib/utf8.h"
#include "tests/unit/unit.h"

static struct text folded;

static struct str
fold(struct str text)
{
    struct fold_point point;
    struct fold f;
    char bytes[UTF8_MAX_BYTES];

    text_clear(&folded);
    fold_begin(&f, text);
    while (fold_next(&f, &point)) {
        text_add(&folded, bytes, utf8_put(bytes, point.c));
    }
    return text_str(&folded);
}

static void
fold_makes_one_of_all_forms(void **state)
{
    static const char *const forms[][2] = {
        {"Plain Text", "plain text"},
        {"ＦＵＬＬ１２", "full12"},           /* full width */
        {"ﬁ ﬀ ﬃ", "fi ff ffi"},               /* ligatures */
        {"a\u200D\u200Bb\uFEFF\u00AD", "ab"}, /* ignorable */
        {"e\u0301 é E\u0336", "e e e"},       /* combining */
        {"İIıi", "iiıi"},                     /* the dotless i is another letter */
        {"Straße ẞ", "strasse ss"},
        {"①㍿", "1株式会社"},
        {"𝐅𝓾𝒄𝕜", "fuck"},             /* mathematical letters */
        {"坏 蛋", "坏 蛋"},           /* a space is a character */
        {"坏　蛋", "坏 蛋"},          /* and an ideographic one is a space */
        {"ｶﾞがか\u3099", "ガがが"},   /* voiced kana are letters */
        {"坏\u3099蛋\u309A", "坏蛋"}, /* these marks elsewhere are marks */
        {"\u3099か", "か"},
        {"か\u0301\u3099", "が"},
        {"한\u1112\u1161\u11AB", "한한"}, /* Hangul in pieces */
        {"\uFDFA", "صلى الله عليه وسلم"}, /* what becomes the most code points */
        {"ΣΑΣ", "σασ"},
        {"ᾳ α\u0345", "αι αι"},
        {"", ""},
        {"\u0301\u200D", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        assert_bytes(fold(str_of(forms[i][0])), str_of(forms[i][1]));
    }
}

static void
fold_tells_where_each_came_from(void **state)
{
    static const struct fold_point wanted[] = {{'a', 0}, {'f', 4}, {'i', 4}, {0x574F, 7}};
    struct fold_point point;
    struct fold f;
    size_t i = 0;

    (void)state;
    fold_begin(&f, str_of("A\u200Dﬁ坏\u0301"));
    while (fold_next(&f, &point)) {
        assert_true(i < sizeof(wanted) / sizeof(wanted[0]));
        assert_int_equal(point.c, wanted[i].c);
        assert_int_equal(point.at, wanted[i++].at);
    }
    assert_int_equal(i, sizeof(wanted) / sizeof(wanted[0]));
}

/* Of each character the library makes the same, but for kana, and for the iota below a letter: by
 * itself it is a mark, but as case folding has it a letter, also when it is part of one. */
static void
fold_does_with_each_character_what_the_library_does(void **state)
{
    const int options = UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE |
                        UTF8PROC_STRIPMARK | UTF8PROC_STABLE;

    (void)state;
    for (uint32_t c = 1; c <= 0x10FFFF; c++) {
        char bytes[UTF8_MAX_BYTES];
        size_t length;
        utf8proc_uint8_t *wanted;
        utf8proc_ssize_t wanted_length;

        if ((c >= 0xD800 && c < 0xE000) || (c >= 0x3040 && c < 0x3100) ||
            (c >= 0x32D0 && c < 0x3400) || (c >= 0xFF66 && c < 0xFFA0) || c == 0x1F213 ||
            c == 0x0345 || c == 0x037A) {
            continue;
        }
        length = utf8_put(bytes, c);
        wanted_length = utf8proc_map((const utf8proc_uint8_t *)bytes, (utf8proc_ssize_t)length,
                                     &wanted, (utf8proc_option_t)options);
        assert_true(wanted_length >= 0);
        if (!str_equal(fold(str_make(bytes, length)),
                       str_make((const char *)wanted, (size_t)wanted_length))) {
            fail_msg("U+%04X", c);
        }
        free(wanted);
    }
}

static void
fold_passes_over_what_is_no_utf8(void **state)
{
    (void)state;
    assert_bytes(fold(BYTES("a\xFF\xE4"
                            "b\xE4\xBD")),
                 str_of("ab"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fold_makes_one_of_all_forms),
        cmocka_unit_test(fold_tells_where_each_came_from),
        cmocka_unit_test(fold_does_with_each_character_what_the_library_does),
        cmocka_unit_test(fold_passes_over_what_is_no_utf8),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    text_fini(&folded);
    return failed;
}
