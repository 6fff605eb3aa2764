/* filter.h - does a text have a word of the lists in force, and the text without them. */
#ifndef LIB_FILTER_FILTER_H
#define LIB_FILTER_FILTER_H

#include "lib/str.h"
#include "lib/text.h"

struct automaton;

enum {
    FILTER_LISTS = 2 /* the file's words, and those of Redis */
};

/* The lists are the caller's. NULL: it has no words. */
struct filter {
    const struct automaton *lists[FILTER_LISTS];
};

enum filter_verdict {
    FILTER_FINE,
    FILTER_FOUND,
    FILTER_VERDICT__MAX
};

/* text: UTF-8. */
enum filter_verdict filter_check(const struct filter *filter, struct str text);

/* The same. If a word is found, out (which is empty) gets the text in which each character of each
 * word is a `*`, those that were passed over within and right behind it as well. So it has as many
 * characters as text, and no more bytes. */
enum filter_verdict filter_mask(const struct filter *filter, struct str text, struct text *out);

#endif
