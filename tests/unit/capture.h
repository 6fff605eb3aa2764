/* capture.h - what a program writes to stderr, seen through a pipe in its place. */
#ifndef TESTS_UNIT_CAPTURE_H
#define TESTS_UNIT_CAPTURE_H

#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char seen[20000]; /* by the last capture */

struct capture {
    int stderr_before;
    int from;
};

static inline struct capture
capture_begin(void)
{
    struct capture c;
    int ends[2];

    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    c.stderr_before = dup(STDERR_FILENO);
    c.from = ends[0];
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    return c;
}

/* Ends it. Returns what was written since, which is in seen until the next one. */
static inline const char *
capture_end(struct capture c)
{
    ssize_t n = read(c.from, seen, sizeof(seen) - 1);

    dup2(c.stderr_before, STDERR_FILENO);
    close(c.stderr_before);
    close(c.from);
    seen[n > 0 ? n : 0] = '\0';
    return seen;
}

#endif
