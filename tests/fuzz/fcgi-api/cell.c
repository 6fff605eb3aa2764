/* cell.c - any text on a terminal and in a tab-separated line. */
#include "fcgi-api/ctl/cell.h"

#include <locale.h>

#include "lib/utf8.h"
#include "tests/fuzz/fuzz.h"

/* The value of a line's cell, for whoever reads it. */
static void
read_back(struct text *out, struct str cell)
{
    for (size_t i = 0; i < cell.len; i++) {
        const char *at = cell.p + i;
        unsigned byte;

        if (*at != '\\') {
            text_add(out, at, 1);
            continue;
        }
        CHECK(i + 1 < cell.len);
        i++;
        if (at[1] == 'x') {
            CHECK(i + 2 < cell.len && sscanf(at + 2, "%2x", &byte) == 1);
            text_add(out, (const char[]){(char)byte}, 1);
            i += 2;
        } else {
            CHECK(strchr("\\tnr", at[1]) != NULL);
            text_add(out,
                     at[1] == 't'   ? "\t"
                     : at[1] == 'n' ? "\n"
                     : at[1] == 'r' ? "\r"
                                    : "\\",
                     1);
        }
    }
}

static void
check_shows_all(struct str shown)
{
    for (size_t i = 0; i < shown.len; i++) {
        CHECK(log_command_length(shown.p + i, shown.len - i) == 0);
    }
}

static void
fuzz(struct str input)
{
    struct text screen, line, back;

    (void)cell_width(input); /* of what is no UTF-8 as well: it reads no further than its end */
    if (!utf8_valid(input)) {
        return;
    }
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    text_init(&screen);
    text_init(&line);
    text_init(&back);
    cell_add(&screen, input, CELL_SCREEN);
    cell_add(&line, input, CELL_TSV);
    check_shows_all(text_str(&screen));
    check_shows_all(text_str(&line));
    CHECK(cell_width(text_str(&screen)) <= 2 * screen.len);
    read_back(&back, text_str(&line));
    CHECK(str_equal(text_str(&back), input));
    text_fini(&screen);
    text_fini(&line);
    text_fini(&back);
}
