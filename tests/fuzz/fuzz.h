/* fuzz.h - what every fuzz target needs: checks that end it, an input cut into parts, files in
 * memory. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/str.h"
#include "lib/text.h"

/* A claim that holds for any input. */
#define CHECK(claim)                                                                               \
    do {                                                                                           \
        if (!(claim)) {                                                                            \
            fprintf(stderr, "%s:%d: it does not hold: %s\n", __FILE__, __LINE__, #claim);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* What libFuzzer calls: fuzz() once for each input. The bytes lie in a block of their exact size.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
int LLVMFuzzerInitialize(int *argc, char ***argv);
static void fuzz(struct str input);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    fuzz(str_make((const char *)bytes, length));
    return 0;
}

/* What others send is worth a warning at most, and there would be many. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    log_set_level(LOG_ERROR);
    return 0;
}

/* Takes what stands before the next `end` off rest, and that byte with it; all of it if there is
 * none. */
static inline struct str
fuzz_part(struct str *rest, char end)
{
    const char *at = rest->len > 0 ? memchr(rest->p, end, rest->len) : NULL;
    struct str part = at != NULL ? str_make(rest->p, (size_t)(at - rest->p)) : *rest;

    *rest = at != NULL ? str_make(at + 1, rest->len - part.len - 1) : str_make(NULL, 0);
    return part;
}

/* Does the part point into the whole? */
static inline bool
fuzz_within(struct str part, struct str whole)
{
    return part.len == 0 || (part.p >= whole.p && part.p + part.len <= whole.p + whole.len);
}

/* A file with these bytes, gone once closed; its name, for who opens files by name, in path. */
static inline int
fuzz_file(struct str bytes, char path[32])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    CHECK(fd >= 0);
    CHECK(write(fd, bytes.len > 0 ? bytes.p : "", bytes.len) == (ssize_t)bytes.len);
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

#endif
