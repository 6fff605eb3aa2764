/* words.h - a text as a list of words, separated by spaces. */
#ifndef LIB_WORDS_H
#define LIB_WORDS_H

#include <stdbool.h>

#include "lib/str.h"

/* The next word of *list, which moves behind it; length 0: there is none. */
static inline struct str
words_next(const char **list)
{
    const char *word = *list + strspn(*list, " ");
    size_t length = strcspn(word, " ");

    *list = word + length;
    return str_make(word, length);
}

static inline bool
words_have(const char *list, struct str wanted)
{
    struct str word;

    while ((word = words_next(&list)).len > 0) {
        if (str_equal(word, wanted)) {
            return true;
        }
    }
    return false;
}

#endif
