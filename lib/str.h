/* str.h - a run of bytes that belongs to somebody else. */
#ifndef LIB_STR_H
#define LIB_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Does not end in NUL; may hold NUL bytes. p may be NULL if len is 0. */
struct str {
    const char *p;
    size_t len;
};

static inline struct str
str_of(const char *s)
{
    return (struct str){s, strlen(s)};
}

static inline struct str
str_make(const char *p, size_t len)
{
    return (struct str){p, len};
}

static inline bool
str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline bool
str_is(struct str a, const char *b)
{
    return str_equal(a, str_of(b));
}

/* The same without the blanks and tabs around it. */
static inline struct str
str_trim(struct str s)
{
    while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

#endif
