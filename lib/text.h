/* text.h - a byte buffer that grows: for JSON, keys, commands and replies. */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"

/* bytes is NULL until something is added; after that a NUL always stands behind len. */
struct text {
    char *bytes;
    size_t len;
    size_t cap;
};

void text_init(struct text *t);
void text_fini(struct text *t);  /* frees the bytes; the struct may be used again */
void text_clear(struct text *t); /* removes the bytes, keeps the memory */

void text_add(struct text *t, const void *bytes, size_t len);
void text_add_str(struct text *t, const char *s);
void text_add_int(struct text *t, int64_t n);
void text_reserve(struct text *t, size_t more); /* makes room for more bytes behind len */

/* Adds s, which must be UTF-8, as a JSON string in quotes (RFC 8259). Escapes the quote, the
 * backslash and U+0000 to U+001F; uses the short form if there is one. */
void text_add_json(struct text *t, struct str s);

static inline struct str
text_str(const struct text *t)
{
    return (struct str){t->bytes, t->len};
}

#endif
