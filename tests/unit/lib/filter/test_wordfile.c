/* test_wordfile.c - files of words: which are taken, and where the mistake is in others. */
#include "lib/filter/wordfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/filter/automaton.h"
#include "lib/filter/filter.h"
#include "lib/filter/wordset.h"
#include "tests/unit/capture.h"

static char path[] = "/tmp/fastim-words-XXXXXX";

static void
write_file(struct str bytes)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    assert_true(bytes.len == 0 || fwrite(bytes.p, 1, bytes.len, f) == bytes.len);
    fclose(f);
}

static void
file_is_wrong(struct str bytes, const char *what)
{
    struct automaton *list;
    struct capture c;
    char wanted[200];

    write_file(bytes);
    c = capture_begin();
    assert_false(wordfile_load(path, &list));
    (void)capture_end(c);
    assert_null(list);
    snprintf(wanted, sizeof(wanted), "%s%s", path, what);
    if (strstr(seen, wanted) == NULL) {
        fail_msg("got %s, wanted %s", seen, wanted);
    }
}

static void
file_has_words(struct str bytes, size_t count)
{
    struct automaton *list;

    write_file(bytes);
    assert_true(wordfile_load(path, &list));
    assert_int_equal(list != NULL ? automaton_words(list) : 0, count);
    automaton_destroy(list);
}

static void
wordfile_takes_a_word_a_line(void **state)
{
    (void)state;
    file_has_words(str_of("坏蛋\nass\n"), 2);
    file_has_words(str_of("坏蛋\r\nass"), 2);
    file_has_words(str_of("\n\n  坏蛋\t\n   \n"), 1);
    file_has_words(str_of("\xEF\xBB\xBF坏蛋\n"), 1);
    file_has_words(str_of("# no comment\n"), 1);
    file_has_words(str_of("坏蛋\n坏蛋\n"), 2);
    file_has_words(str_of(""), 0);
    file_has_words(str_of("\n"), 0);
}

static void
wordfile_tells_the_line_of_a_mistake(void **state)
{
    char *long_word = malloc(10001);
    struct text text;

    (void)state;
    memset(long_word, 'x', 10000);
    long_word[10000] = '\0';
    text_init(&text);
    text_add_str(&text, "good\n\n");
    text_add_str(&text, long_word);
    file_is_wrong(text_str(&text), ":3: is too long, should be a word of at most 256 bytes");
    text_fini(&text);
    free(long_word);
    file_is_wrong(BYTES("good\nb\xE4\xBD\n"), ":2: is not UTF-8");
    file_is_wrong(str_of("\u200D\u0301\n"), ":1: has only spaces");
    file_is_wrong(str_of("a\n\u3000\n"), ":2: has only spaces");
}

static void
wordfile_bounds_what_it_reads(void **state)
{
    struct text text;

    (void)state;
    text_init(&text);
    for (int i = 0; i < 1000000; i++) {
        text_add_int(&text, i);
        text_add_str(&text, "\n");
    }
    file_is_wrong(text_str(&text), ":100001: is one word too many");
    while (text.len <= WORDFILE_MAX_BYTES) {
        text_add_str(&text, "0123456789\n");
    }
    file_is_wrong(text_str(&text), ": cannot be used (it has more than 8 MiB)");
    text_fini(&text);
    file_has_words(str_make(NULL, 0), 0);
}

static void
wordfile_bounds_what_words_become(void **state)
{
    struct text text;

    (void)state;
    text_init(&text);
    for (int i = 10000; i < 40000; i++) { /* U+FDFA becomes 18 code points */
        text_add_int(&text, i);
        for (int k = 0; k < 80; k++) {
            text_add_str(&text, "\uFDFA");
        }
        text_add_str(&text, "\n");
    }
    file_is_wrong(text_str(&text), ":5806: is one word too many");
    text_fini(&text);
}

static void
wordfile_takes_only_files(void **state)
{
    char why[WORDFILE_WHY_SIZE];

    (void)state;
    assert_null(wordfile_open("/tmp", why));
    assert_string_equal(why, "/tmp: cannot be used (it is no file)");
    assert_null(wordfile_open("/tmp/fastim-words-missing", why));
    assert_non_null(strstr(why, "No such file"));
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_null(wordfile_open(path, why));
    unlink(path);
}

/* Many runs, of which the last is short, and words that are parts of others. */
static void
wordset_finds_each_of_many_words(void **state)
{
    struct wordset *set = wordset_create();
    struct automaton *list;
    char word[20];

    (void)state;
    for (int i = 0; i < 12345; i++) {
        snprintf(word, sizeof(word), "!%d", i * 7919 % 12345);
        assert_int_equal(wordset_add(set, str_of(word)), WORD_TAKEN);
    }
    while (!wordset_build(set)) {
    }
    list = wordset_take(set);
    wordset_destroy(set);
    for (int i = 0; i < 12345; i++) {
        uint32_t at = AUTOMATON_ROOT;

        snprintf(word, sizeof(word), "!%d", i);
        for (const char *p = word; *p != '\0'; p++) {
            at = automaton_next(list, at, (unsigned char)*p);
        }
        assert_int_equal(automaton_longest(list, at), strlen(word));
    }
    automaton_destroy(list);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wordfile_takes_a_word_a_line),
        cmocka_unit_test(wordfile_tells_the_line_of_a_mistake),
        cmocka_unit_test(wordfile_bounds_what_it_reads),
        cmocka_unit_test(wordfile_bounds_what_words_become),
        cmocka_unit_test(wordfile_takes_only_files),
        cmocka_unit_test(wordset_finds_each_of_many_words),
    };
    int fd = mkstemp(path), failed;

    close(fd);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
