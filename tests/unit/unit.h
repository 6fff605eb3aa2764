/* unit.h - what every unit test needs: cmocka behind its headers, and comparisons of bytes. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/str.h"
#include "lib/text.h"

/* A string literal as a struct str, with the NUL bytes in it. */
#define BYTES(literal) str_make("" literal, sizeof(literal) - 1)

/* Are these the same bytes? */
#define assert_bytes(actual, wanted) assert_bytes_at((actual), (wanted), __FILE__, __LINE__)

static inline void
assert_bytes_at(struct str actual, struct str wanted, const char *file, int line)
{
    if (!str_equal(actual, wanted)) {
        print_error("%s:%d: got    |%.*s|\n", file, line, (int)actual.len, actual.p);
        print_error("%s:%d: wanted |%.*s|\n", file, line, (int)wanted.len, wanted.p);
        _fail(file, line);
    }
}

#endif
