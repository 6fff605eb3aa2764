/* test_filter.c - which words are found in a text, and the text without them. */
#include "lib/filter/filter.h"

#include <stdlib.h>

#include "lib/filter/automaton.h"
#include "lib/filter/fold.h"
#include "lib/filter/wordset.h"
#include "tests/unit/unit.h"

static struct automaton *
list_of(const char *const *words)
{
    struct wordset *set = wordset_create();
    struct automaton *list;

    for (; *words != NULL; words++) {
        assert_int_equal(wordset_add(set, str_of(*words)), WORD_TAKEN);
    }
    while (!wordset_build(set)) {
    }
    list = wordset_take(set);
    wordset_destroy(set);
    return list;
}

static struct filter filter;

static void
use(const char *const *words)
{
    automaton_destroy((struct automaton *)filter.lists[0]);
    filter.lists[0] = list_of(words);
}

#define USE(...) use((const char *const[]){__VA_ARGS__, NULL})

/* masked NULL: nothing is found. */
static void
expect_at(const char *text, const char *masked, const char *file, int line)
{
    enum filter_verdict wanted = masked != NULL ? FILTER_FOUND : FILTER_FINE;
    struct text out;

    text_init(&out);
    if (filter_check(&filter, str_of(text)) != wanted ||
        filter_mask(&filter, str_of(text), &out) != wanted) {
        print_error("%s: %s\n", text, masked != NULL ? "not found" : "found");
        _fail(file, line);
    }
    assert_bytes_at(text_str(&out), str_of(masked != NULL ? masked : ""), file, line);
    text_fini(&out);
}

#define EXPECT(text, masked) expect_at(text, masked, __FILE__, __LINE__)

static void
filter_finds_other_words_anywhere(void **state)
{
    (void)state;
    USE("坏蛋", "bad man", "c++");
    EXPECT("坏蛋", "**");
    EXPECT("你是坏蛋吗", "你是**吗");
    EXPECT("a坏蛋b", "a**b");
    EXPECT("坏坏蛋蛋", "坏**蛋");
    EXPECT("坏 蛋", NULL);
    EXPECT("坏", NULL);
    EXPECT("", NULL);
    EXPECT("a bad mandarin", "a *******darin");
    EXPECT("xc++y", "x***y");
}

static void
filter_finds_plain_words_where_they_stand_alone(void **state)
{
    (void)state;
    USE("ass", "b2b");
    EXPECT("ass", "***");
    EXPECT("class", NULL);
    EXPECT("asset", NULL);
    EXPECT("ass1 1ass", NULL);
    EXPECT("an ass, an ASS.", "an ***, an ***.");
    EXPECT("这个ass是", "这个***是");
    EXPECT("_ass_", "_***_");
    EXPECT("ass ass", "*** ***");
    EXPECT("ｘass", NULL);      /* a letter, however wide */
    EXPECT("x\u200Dass", NULL); /* and although something invisible is between */
    EXPECT("éass", NULL);       /* é is an e */
    EXPECT("ｂ２ｂ", "***");
}

static void
filter_finds_words_in_disguise(void **state)
{
    (void)state;
    USE("fuck", "ＦＩＮＥ", "straße", "坏蛋", "İstanbul");
    EXPECT("ＦＵＣＫ", "****");
    EXPECT("f\u200Du\u0336c\u0301k", "*******");
    EXPECT("fuck\u0301!", "*****!");
    EXPECT("ﬁne", "***");
    EXPECT("STRASSE", "*******");
    EXPECT("坏\u200B蛋\uFE0F!", "****!");
    EXPECT("ISTANBUL istanbul", "******** ********");
    EXPECT("ıstanbul", NULL); /* without the dot it is another letter */
}

static void
filter_masks_words_that_overlap(void **state)
{
    (void)state;
    USE("甲乙丙", "丙丁", "乙", "戊己庚辛", "己庚");
    EXPECT("甲乙丙丁", "****");
    EXPECT("x乙丙x", "x*丙x");
    EXPECT("戊己庚x", "戊**x");
    EXPECT("戊己庚辛", "****");
    EXPECT("甲乙乙丙丁", "甲****");
}

static void
filter_masks_all_of_a_character_that_has_part_of_a_word(void **state)
{
    (void)state;
    USE("i文", "c");
    EXPECT("ﬁ文", "**");
    EXPECT("℅!", "*!"); /* c/o */
}

static void
filter_finds_words_of_both_lists(void **state)
{
    static const char *const others[] = {"坏蛋", "second", NULL};

    (void)state;
    USE("first", "蛋糕");
    filter.lists[1] = list_of(others);
    EXPECT("first 坏蛋糕 second", "***** *** ******");
    EXPECT("third", NULL);
    automaton_destroy((struct automaton *)filter.lists[1]);
    filter.lists[1] = NULL;
}

static void
filter_without_words_finds_nothing(void **state)
{
    struct filter none = {{NULL, NULL}};

    (void)state;
    assert_int_equal(filter_check(&none, str_of("坏蛋")), FILTER_FINE);
}

/* A text that leads into deep states again and again is no slower than others. */
static void
filter_takes_texts_that_nearly_match(void **state)
{
    char word[201], *text = malloc(100001);

    (void)state;
    memset(word, 'a', 199);
    memcpy(word + 199, "!", 2);
    memset(text, 'a', 100000);
    text[100000] = '\0';
    USE(word, "aa!", "aaa?");
    EXPECT(text, NULL);
    free(text);
}

/* ---- against the plain way: each word at each place ---- */

static uint32_t
random_number(void)
{
    static uint64_t x = 88172645463325252U;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return (uint32_t)(x >> 32);
}

static struct str
random_text(char *out, size_t most)
{
    static const char *const letters[] = {"a", "b", "甲", "乙", " ", "1"};
    size_t count = random_number() % most, length = 0;

    for (size_t i = 0; i < count; i++) {
        const char *letter = letters[random_number() % 6];

        memcpy(out + length, letter, strlen(letter) + 1);
        length += strlen(letter);
    }
    out[length] = '\0';
    return str_make(out, length);
}

static bool
is_alnum_at(struct str text, size_t at)
{
    return at < text.len && fold_is_alnum((unsigned char)text.p[at]);
}

static bool
occurs(struct str text, struct str word)
{
    bool is_plain = true;

    for (size_t i = 0; i < word.len; i++) {
        is_plain = is_plain && is_alnum_at(word, i);
    }
    for (size_t at = 0; at + word.len <= text.len; at++) {
        if (memcmp(text.p + at, word.p, word.len) == 0 &&
            (!is_plain ||
             ((at == 0 || !is_alnum_at(text, at - 1)) && !is_alnum_at(text, at + word.len)))) {
            return true;
        }
    }
    return false;
}

static void
filter_agrees_with_the_plain_way(void **state)
{
    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct wordset *set = wordset_create();
        char words[8][64], text[256];
        size_t count = 0;

        while (count < 8) {
            struct str word = random_text(words[count], 6);

            count += str_trim(word).len == word.len && wordset_add(set, word) == WORD_TAKEN;
        }
        while (!wordset_build(set)) {
        }
        automaton_destroy((struct automaton *)filter.lists[0]);
        filter.lists[0] = wordset_take(set);
        wordset_destroy(set);
        for (int i = 0; i < 20; i++) {
            struct str in = random_text(text, 40);
            bool found = false;

            for (size_t k = 0; k < count; k++) {
                found = found || occurs(in, str_of(words[k]));
            }
            assert_int_equal(filter_check(&filter, in), found ? FILTER_FOUND : FILTER_FINE);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filter_finds_other_words_anywhere),
        cmocka_unit_test(filter_finds_plain_words_where_they_stand_alone),
        cmocka_unit_test(filter_finds_words_in_disguise),
        cmocka_unit_test(filter_masks_words_that_overlap),
        cmocka_unit_test(filter_masks_all_of_a_character_that_has_part_of_a_word),
        cmocka_unit_test(filter_finds_words_of_both_lists),
        cmocka_unit_test(filter_without_words_finds_nothing),
        cmocka_unit_test(filter_takes_texts_that_nearly_match),
        cmocka_unit_test(filter_agrees_with_the_plain_way),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    automaton_destroy((struct automaton *)filter.lists[0]);
    return failed;
}
