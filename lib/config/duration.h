/* duration.h - spans of time as people write them: 90s, 10m, 1h30m, 7d, ever. */
#ifndef LIB_CONFIG_DURATION_H
#define LIB_CONFIG_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"

/* What is wrong with a text that duration_parse() refuses. */
#define DURATION_FORM                                                                              \
    "s, m, h, d or w behind each number, as 10m or 1h30m; at most ten years; or ever"

/* Reads whole numbers, each with its unit: s, m, h, d (24 hours) or w, each unit at most once and
 * the larger one first. "ever" is 0. Else *seconds is 1 to RULE_SECONDS_MAX. Returns false, and
 * leaves *seconds alone, if text is anything else: a bare number, too, as nobody could know its
 * unit. */
bool duration_parse(struct str text, int64_t *seconds);

#endif
