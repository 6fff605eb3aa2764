/* utf8.h - which bytes are UTF-8 (RFC 3629). */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <stdbool.h>

#include "lib/str.h"

/* Is it UTF-8? Overlong forms, surrogates and characters above U+10FFFF are not. NUL is. */
bool utf8_valid(struct str s);

#endif
