/* number.h - whole numbers in text: settings, parameters, options, replies. */
#ifndef LIB_CONFIG_NUMBER_H
#define LIB_CONFIG_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"

enum {
    NUMBER_MAX_CHARS = 23 /* an int64_t has 20 at most; the rest is for leading zeros */
};

/* Reads decimal digits, with at most a minus before them: no blanks, no plus, no NUL.
 * Returns false, and leaves *n alone, if text is anything else or is outside min to max. */
bool number_parse(struct str text, int64_t min, int64_t max, int64_t *n);

#endif
