/* filter.c - any bytes as words, a line each, an empty line, and a text: words are found as the
 * plain way finds them, and nothing but them is masked. */
#include "lib/filter/filter.h"

#include "lib/filter/automaton.h"
#include "lib/filter/fold.h"
#include "lib/filter/wordset.h"
#include "lib/utf8.h"
#include "tests/fuzz/fuzz.h"

enum {
    POINTS_MAX = 4096
};

struct points {
    uint32_t c[POINTS_MAX];
    size_t count;
};

static bool
fold_all(struct points *out, struct str text)
{
    struct fold_point point;
    struct fold fold;
    uint32_t last = 0;

    out->count = 0;
    fold_begin(&fold, text);
    while (fold_next(&fold, &point)) {
        CHECK(point.at >= last && point.at < text.len);
        last = point.at;
        if (out->count == POINTS_MAX) {
            return false;
        }
        out->c[out->count++] = point.c;
    }
    return true;
}

static bool
is_plain(const struct points *word)
{
    for (size_t i = 0; i < word->count; i++) {
        if (!fold_is_alnum(word->c[i])) {
            return false;
        }
    }
    return true;
}

static bool
occurs(const struct points *text, const struct points *word)
{
    bool plain = is_plain(word);

    for (size_t at = 0, end; at + word->count <= text->count; at++) {
        end = at + word->count;
        if (memcmp(text->c + at, word->c, word->count * sizeof(word->c[0])) == 0 &&
            (!plain || ((at == 0 || !fold_is_alnum(text->c[at - 1])) &&
                        (end == text->count || !fold_is_alnum(text->c[end]))))) {
            return true;
        }
    }
    return false;
}

static size_t
characters(struct str s)
{
    size_t count = 0;

    for (size_t i = 0; i < s.len; i++) {
        count += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    }
    return count;
}

/* Each character of the text is as it was, or a *. */
static void
check_masked(struct str text, struct str masked)
{
    size_t at = 0;

    CHECK(masked.len <= text.len && characters(masked) == characters(text));
    CHECK(utf8_valid(masked));
    for (size_t i = 0, length; i < text.len; i += length) {
        length = 1;
        while (i + length < text.len && ((unsigned char)text.p[i + length] & 0xC0) == 0x80) {
            length++;
        }
        if (at + length <= masked.len && memcmp(masked.p + at, text.p + i, length) == 0) {
            at += length;
        } else {
            CHECK(masked.p[at++] == '*');
        }
    }
    CHECK(at == masked.len);
}

static void
check_text(const struct filter *filter, struct str text, bool found)
{
    struct text masked;

    text_init(&masked);
    CHECK((filter_check(filter, text) == FILTER_FOUND) == found);
    CHECK((filter_mask(filter, text, &masked) == FILTER_FOUND) == found);
    if (found) {
        check_masked(text, text_str(&masked));
        /* What has no * by itself has changed. */
        CHECK(memchr(text.p, '*', text.len) != NULL || !str_equal(text, text_str(&masked)));
    } else {
        CHECK(masked.len == 0);
    }
    text_fini(&masked);
}

static void
fuzz(struct str input)
{
    static struct points words[16], text;
    struct wordset *sets[FILTER_LISTS] = {wordset_create(), wordset_create()};
    struct automaton *lists[FILTER_LISTS];
    size_t count = 0;
    struct str word;
    bool found = false, comparable;

    while ((word = fuzz_part(&input, '\n')).len > 0 && count < 16) {
        if (wordset_add(sets[count % FILTER_LISTS], word) == WORD_TAKEN) {
            CHECK(fold_all(&words[count++], str_trim(word)));
        }
    }
    for (int i = 0; i < FILTER_LISTS; i++) {
        while (!wordset_build(sets[i])) {
        }
        lists[i] = wordset_take(sets[i]);
        wordset_destroy(sets[i]);
    }
    comparable = fold_all(&text, input);
    for (size_t i = 0; i < count; i++) {
        found = found || occurs(&text, &words[i]);
    }
    if (comparable && utf8_valid(input)) {
        check_text(&(struct filter){{lists[0], lists[1]}}, input, found);
    } else {
        (void)filter_check(&(struct filter){{lists[0], lists[1]}}, input); /* does not crash */
    }
    automaton_destroy(lists[0]);
    automaton_destroy(lists[1]);
}
