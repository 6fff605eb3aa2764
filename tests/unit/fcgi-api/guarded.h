/* guarded.h - bytes that end where memory ends: who reads one too many is killed at once. */
#ifndef TESTS_UNIT_API_GUARDED_H
#define TESTS_UNIT_API_GUARDED_H

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/str.h"

struct guarded {
    char *map;
    size_t usable; /* behind it stands a page that nobody may touch */
};

static inline struct guarded
guarded_create(size_t most)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct guarded g = {NULL, (most / page + 1) * page};

    g.map = mmap(NULL, g.usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g.map == MAP_FAILED || mprotect(g.map + g.usable, page, PROT_NONE) != 0) {
        abort();
    }
    return g;
}

static inline void
guarded_destroy(struct guarded *g)
{
    munmap(g->map, g->usable + (size_t)sysconf(_SC_PAGESIZE));
}

/* A copy of s that ends at the guard. */
static inline struct str
guarded_copy(struct guarded *g, struct str s)
{
    char *at = g->map + g->usable - s.len;

    memcpy(at, s.p, s.len);
    return str_make(at, s.len);
}

#endif
