/* operators.h - the setting admin.tokens: who the operators are, as NAME:TOKEN words. */
#ifndef LIB_CONFIG_OPERATORS_H
#define LIB_CONFIG_OPERATORS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/str.h"

enum {
    OPERATOR_NAME_MAX_BYTES = 64,
    OPERATOR_TOKEN_MIN_BYTES = 8,
    OPERATOR_TOKEN_MAX_BYTES = 256
};

/* A list is words, separated by spaces or line ends; an operator may have several tokens. NAME: of
 * A-Z a-z 0-9 . _ - ; TOKEN: ASCII without spaces and control characters, and no two are the
 * same. */
bool operators_are_valid(const char *list);

/* Writes what is wrong with the first such word, without its token, and what would be right. Writes
 * an empty text if nothing is. */
void operators_explain(const char *list, char *out, size_t size);

/* The name of the operator with this token; of length 0: nobody has it. How long it takes depends
 * on the list and on the length of the token alone. */
struct str operators_find(const char *list, struct str token);

#endif
