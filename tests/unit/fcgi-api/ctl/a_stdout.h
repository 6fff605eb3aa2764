/* a_stdout.h - what code under test writes to standard output. */
#ifndef TESTS_UNIT_API_CTL_A_STDOUT_H
#define TESTS_UNIT_API_CTL_A_STDOUT_H

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

static FILE *true_stdout;
static char *written;
static size_t written_length;

static inline void
stdout_begin(void)
{
    true_stdout = stdout;
    stdout = open_memstream(&written, &written_length);
    assert_non_null(stdout);
}

static inline void
stdout_expect(const char *wanted)
{
    fclose(stdout);
    stdout = true_stdout;
    assert_bytes(str_make(written, written_length), str_of(wanted));
    free(written);
}

#endif
