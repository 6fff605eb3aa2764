/* utf8.h - which bytes are UTF-8 (RFC 3629). */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"

/* Is it UTF-8? Overlong forms, surrogates and characters above U+10FFFF are not. NUL is. */
bool utf8_valid(struct str s);

enum {
    UTF8_MAX_BYTES = 4 /* of a character */
};

/* Writes a character, which is no surrogate and at most U+10FFFF; returns how many bytes it has. */
size_t utf8_put(char out[UTF8_MAX_BYTES], uint32_t c);

#endif
