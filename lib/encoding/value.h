/* value.h - a value as the Java original keeps it in Redis: one JSON string around the plain value.
 *
 * The original reads any JSON string. But it takes out of lists and sets only what it would have
 * written itself, to the byte: so value_encode() writes that and nothing else. */
#ifndef LIB_ENCODING_VALUE_H
#define LIB_ENCODING_VALUE_H

#include <stdbool.h>

#include "lib/str.h"
#include "lib/text.h"

/* Adds plain, which must be UTF-8, in quotes. Escapes the quote, the backslash and U+0000 to U+001F
 * (the short form if there is one, else upper-case digits), and characters beyond U+FFFF as two
 * surrogates; nothing else. */
void value_encode(struct text *out, struct str plain);

/* The same without the quotes around it. What is added in parts is the same as the whole. */
void value_encode_part(struct text *out, struct str plain);

/* Adds the plain value of a stored one: a JSON string (RFC 8259) with any escapes, and with only
 * white space around it. Returns false, and leaves out unchanged, if stored is anything else. A
 * surrogate without its other half is no character, so there is no such value. */
bool value_decode(struct text *out, struct str stored);

/* A whole number by itself, as 1 or -20, which the original takes for its digits: these. p is NULL
 * if stored is none. */
struct str value_bare_number(struct str stored);

/* Is it white space of JSON? */
bool value_is_blank(char c);

#endif
