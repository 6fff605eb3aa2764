/* cell.h - what others have written, as a terminal or a tab-separated line may show it. */
#ifndef API_CTL_CELL_H
#define API_CTL_CELL_H

#include <stddef.h>

#include "lib/str.h"
#include "lib/text.h"

enum cell_form {
    CELL_SCREEN, /* as in logs: what a terminal would obey becomes \xNN */
    CELL_TSV,    /* the same; and \\, \t, \n, \r for these, so that each value can be had back */
    CELL_FORM__MAX
};

/* Adds the value, which is UTF-8. */
void cell_add(struct text *out, struct str value, enum cell_form form);

/* How many columns of a terminal what cell_add() has made takes (wcwidth(3), by LC_CTYPE). */
size_t cell_width(struct str shown);

#endif
