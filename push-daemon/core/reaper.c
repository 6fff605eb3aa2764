/* reaper.c - frees memory at the end of the loop's turn. */
#include "push-daemon/core/reaper.h"

#include <stdlib.h>

#include "lib/mem.h"

void
reaper_add(struct reaper *r, void *memory)
{
    if (r->count == r->capacity) {
        r->capacity = r->capacity > 0 ? 2 * r->capacity : 16;
        r->dead = mem_resize(r->dead, r->capacity * sizeof(*r->dead));
    }
    r->dead[r->count++] = memory;
}

void
reaper_run(struct reaper *r)
{
    if (r->capacity == 0) {
        return;
    }
    for (size_t i = 0; i < r->count; i++) {
        free(r->dead[i]);
    }
    free(r->dead); /* after a crowd has left, so is its list */
    *r = (struct reaper){0};
}
