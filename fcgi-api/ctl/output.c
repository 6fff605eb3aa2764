/* output.c - rows on standard output. */
#include "fcgi-api/ctl/output.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fcgi-api/ctl/cell.h"
#include "lib/wordlist.h"

enum {
    GAP = 2 /* between columns */
};

void
output_init(struct output *o, const char *columns, bool is_screen)
{
    const char *rest = columns;
    struct str name;

    o->columns = columns;
    o->is_screen = is_screen;
    o->column_count = 0;
    while ((name = wordlist_next(&rest)).len > 0 && o->column_count < OUTPUT_COLUMNS_MAX) {
        o->widths[o->column_count++] = name.len;
    }
    text_init(&o->cells);
    o->cell_count = 0;
    o->column = 0;
    o->has_head = false;
}

void
output_fini(struct output *o)
{
    output_flush(o);
    text_fini(&o->cells);
}

/* ---- a table ---- */

/* The last column is not filled up. */
static void
output_write_cell(const struct output *o, size_t column, struct str shown, size_t width)
{
    size_t blanks = 0;

    if (column + 1 < o->column_count) {
        blanks = o->widths[column] + GAP - width;
    }
    (void)fwrite(shown.p, 1, shown.len, stdout);
    printf("%*s", (int)blanks, "");
    if (column + 1 == o->column_count) {
        putchar('\n');
    }
}

static void
output_write_head(struct output *o)
{
    const char *rest = o->columns;

    for (size_t i = 0; i < o->column_count; i++) {
        struct str name = wordlist_next(&rest);
        char shown[32];
        size_t n = name.len < sizeof(shown) ? name.len : sizeof(shown);

        for (size_t k = 0; k < n; k++) {
            shown[k] = (char)toupper((unsigned char)name.p[k]);
        }
        output_write_cell(o, i, str_make(shown, n), n);
    }
    o->has_head = true;
}

static struct str
output_cell(const struct output *o, size_t i)
{
    size_t from = i > 0 ? o->ends[i - 1] : 0;

    return str_make(o->cells.bytes + from, o->ends[i] - from);
}

static void
output_write_table(struct output *o)
{
    if (o->cell_count == 0) {
        return;
    }
    for (size_t i = 0; i < o->cell_count; i++) {
        size_t width = cell_width(output_cell(o, i)), *widest = &o->widths[i % o->column_count];

        *widest = width > *widest ? width : *widest;
    }
    if (!o->has_head) {
        output_write_head(o);
    }
    for (size_t i = 0; i < o->cell_count; i++) {
        struct str shown = output_cell(o, i);

        output_write_cell(o, i % o->column_count, shown, cell_width(shown));
    }
    text_clear(&o->cells);
    o->cell_count = 0;
}

/* ---- cells ---- */

void
output_add(struct output *o, struct str value)
{
    cell_add(&o->cells, value, o->is_screen ? CELL_SCREEN : CELL_TSV);
    o->column = (o->column + 1) % o->column_count;
    if (!o->is_screen) {
        text_add_str(&o->cells, o->column == 0 ? "\n" : "\t");
        if (o->column == 0) {
            (void)fwrite(o->cells.bytes, 1, o->cells.len, stdout);
            text_clear(&o->cells);
        }
        return;
    }
    o->ends[o->cell_count++] = o->cells.len;
    if (o->cell_count == OUTPUT_BLOCK * o->column_count) {
        output_write_table(o);
    }
}

void
output_add_int(struct output *o, int64_t value)
{
    char digits[24];

    output_add(
        o, str_make(digits, (size_t)snprintf(digits, sizeof(digits), "%lld", (long long)value)));
}

void
output_date(char out[OUTPUT_DATE_SIZE], int64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm tm;

    if (unix_ms <= 0) {
        strcpy(out, "for ever");
    } else if (localtime_r(&seconds, &tm) == NULL ||
               strftime(out, OUTPUT_DATE_SIZE, "%Y-%m-%d %H:%M:%S", &tm) == 0) {
        snprintf(out, OUTPUT_DATE_SIZE, "%lld", (long long)unix_ms); /* millions of years ahead */
    }
}

void
output_add_time(struct output *o, int64_t unix_ms)
{
    char date[OUTPUT_DATE_SIZE];

    if (o->is_screen) {
        output_date(date, unix_ms);
        output_add(o, str_of(date));
    } else {
        output_add_int(o, unix_ms);
    }
}

void
output_flush(struct output *o)
{
    if (o->is_screen) {
        output_write_table(o);
    }
    fflush(stdout);
}
