/* utf8.h - is it UTF-8 (RFC 3629)? */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <stdbool.h>

#include "lib/str.h"

/* No overlong forms, no surrogates, nothing above U+10FFFF. NUL is a character like any other. */
bool utf8_valid(struct str s);

#endif
