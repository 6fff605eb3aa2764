/* output.h - rows on standard output: a table on a terminal, else tab-separated lines. */
#ifndef API_CTL_OUTPUT_H
#define API_CTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"

enum {
    OUTPUT_COLUMNS_MAX = 8,
    OUTPUT_BLOCK = 500 /* rows that a table is laid out by: later ones may need wider columns */
};

struct output {
    const char *columns; /* names, with spaces between them; the table has them as a head */
    bool is_screen;
    size_t column_count;
    size_t widths[OUTPUT_COLUMNS_MAX];
    struct text cells; /* of a table: what is shown, each behind the other */
    size_t ends[OUTPUT_BLOCK * OUTPUT_COLUMNS_MAX];
    size_t cell_count;
    size_t column; /* of the next cell */
    bool has_head; /* it was written */
};

/* columns must outlive it. A table is for stdout if that is a terminal. */
void output_init(struct output *o, const char *columns, bool is_screen);
/* Writes what is left, and frees. */
void output_fini(struct output *o);

/* Add each cell of a row, from the left; a row ends with its last column. */
void output_add(struct output *o, struct str value); /* UTF-8 */
void output_add_int(struct output *o, int64_t value);
/* A time in Unix milliseconds: in a table as people read it. */
void output_add_time(struct output *o, int64_t unix_ms);

/* The date and time of day here; of what is not above 0 `for ever`. */
enum {
    OUTPUT_DATE_SIZE = 32
};
void output_date(char out[OUTPUT_DATE_SIZE], int64_t unix_ms);

/* Writes the rows that there are. */
void output_flush(struct output *o);

#endif
