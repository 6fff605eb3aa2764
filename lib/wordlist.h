/* wordlist.h - a text that is a list of words, separated by spaces. */
#ifndef LIB_WORDLIST_H
#define LIB_WORDLIST_H

#include <stdbool.h>

#include "lib/str.h"

/* The next word of *list; *list then moves behind it. Its length is 0 if there is none. */
static inline struct str
wordlist_next(const char **list)
{
    const char *word = *list + strspn(*list, " ");
    size_t length = strcspn(word, " ");

    *list = word + length;
    return str_make(word, length);
}

static inline bool
wordlist_has(const char *list, struct str wanted)
{
    struct str word;

    while ((word = wordlist_next(&list)).len > 0) {
        if (str_equal(word, wanted)) {
            return true;
        }
    }
    return false;
}

#endif
