/* fuzz.h - what every fuzz target needs: the input cut into strings, and a check that stops the fuzzer. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In any build, whatever NDEBUG says. */
#define CHECK(holds)                                                                               \
    do {                                                                                           \
        if (!(holds)) {                                                                            \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #holds);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The rest of the input. */
struct input {
    const char *at;
    const char *end;
};

static inline struct input
input_of(const uint8_t *data, size_t size)
{
    return (struct input){(const char *)data, (const char *)data + size};
}

/* Up to the next '\0', or to the end. */
static inline struct str
input_word(struct input *in)
{
    const char *from = in->at;
    const char *to = memchr(from, '\0', (size_t)(in->end - from));

    in->at = to != NULL ? to + 1 : in->end;
    return str_make(from, (size_t)((to != NULL ? to : in->end) - from));
}

static inline struct str
input_rest(struct input *in)
{
    struct str rest = str_make(in->at, (size_t)(in->end - in->at));

    in->at = in->end;
    return rest;
}

/* A copy that ends with its NUL and where it ends: reading past it is seen. */
static inline char *
input_copy(struct str text)
{
    char *copy = malloc(text.len + 1);

    CHECK(copy != NULL);
    if (text.len > 0) {
        memcpy(copy, text.p, text.len);
    }
    copy[text.len] = '\0';
    return copy;
}

/* Does it lie within? */
static inline int
is_within(struct str part, struct str whole)
{
    return part.p >= whole.p && part.p + part.len <= whole.p + whole.len;
}

#endif
