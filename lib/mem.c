/* mem.c - allocation that never returns NULL. */
#include "lib/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *
mem_or_die(void *p)
{
    static const char said[] = "error out of memory\n";

    if (p == NULL) {
        /* No stdio: it allocates. */
        ssize_t ignored = write(STDERR_FILENO, said, sizeof(said) - 1);

        (void)ignored;
        abort();
    }
    return p;
}

void *
mem_alloc(size_t size)
{
    return mem_or_die(malloc(size > 0 ? size : 1));
}

void *
mem_zalloc(size_t size)
{
    return mem_or_die(calloc(1, size > 0 ? size : 1));
}

void *
mem_resize(void *old, size_t size)
{
    return mem_or_die(realloc(old, size > 0 ? size : 1));
}

char *
mem_dup(const void *bytes, size_t len)
{
    char *copy = mem_alloc(len + 1);

    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    copy[len] = '\0';
    return copy;
}
