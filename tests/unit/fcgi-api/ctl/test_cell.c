/* test_cell.c - what a terminal or a tab-separated line may show. */
#include "fcgi-api/ctl/cell.h"

#include <locale.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

static void
what_a_terminal_would_obey_is_escaped(void **state)
{
    static const struct {
        const char *value, *screen, *tsv;
    } cases[] = {
        {"", "", ""},
        {"plain \xe4\xbd\xa0", "plain \xe4\xbd\xa0", "plain \xe4\xbd\xa0"},
        {"a\tb\nc\rd\\e", "a\\x09b\\x0ac\\x0dd\\e", "a\\tb\\nc\\rd\\\\e"},
        {"\x1b[31mred\x07", "\\x1b[31mred\\x07", "\\x1b[31mred\\x07"},
        {"\xc2\x9b"
         "1m",
         "\\xc2\\x9b1m", "\\xc2\\x9b1m"},
        {"a\xe2\x80\xae"
         "b",
         "a\\xe2\\x80\\xaeb", "a\\xe2\\x80\\xaeb"},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text_clear(&out);
        cell_add(&out, str_of(cases[i].value), CELL_SCREEN);
        assert_bytes(text_str(&out), str_of(cases[i].screen));
        text_clear(&out);
        cell_add(&out, str_of(cases[i].value), CELL_TSV);
        assert_bytes(text_str(&out), str_of(cases[i].tsv));
    }
    text_fini(&out);
}

static void
width_is_that_of_a_terminal(void **state)
{
    static const struct {
        const char *shown;
        size_t width;
    } cases[] = {
        {"", 0},
        {"abc", 3},
        {"\xc3\xa9", 1},                 /* e with an accent */
        {"e\xcc\x81", 1},                /* the same as two characters */
        {"\xe4\xbd\xa0\xe5\xa5\xbd", 4}, /* two Chinese characters */
        {"\xf0\x9f\x98\x80!", 3},        /* an emoji */
    };

    (void)state;
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(cell_width(str_of(cases[i].shown)), cases[i].width);
    }
}

/* Nothing reads beyond its end, whatever the lead byte promises. */
static void
width_of_what_is_cut_ends_with_it(void **state)
{
    static const char *const cut[] = {"a\xe4\xbd", "\xf0", "\xc3"};

    (void)state;
    for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
        char *exact = malloc(strlen(cut[i]));

        memcpy(exact, cut[i], strlen(cut[i]));
        assert_in_range(cell_width(str_make(exact, strlen(cut[i]))), 0, 3);
        free(exact);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_terminal_would_obey_is_escaped),
        cmocka_unit_test(width_is_that_of_a_terminal),
        cmocka_unit_test(width_of_what_is_cut_ends_with_it),
    };

    return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
