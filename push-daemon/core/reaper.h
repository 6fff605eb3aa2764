/* reaper.h - frees at the end of the loop's turn what a callback further up the stack may still
 * use. */
#ifndef PUSH_CORE_REAPER_H
#define PUSH_CORE_REAPER_H

#include <stddef.h>

/* All zero: nothing to free. */
struct reaper {
    void **dead;
    size_t count;
    size_t capacity;
};

/* Takes over memory that mem_alloc() or mem_zalloc() gave. */
void reaper_add(struct reaper *r, void *memory);

/* Frees all that was added. Call it at the end of each turn, and at the end. */
void reaper_run(struct reaper *r);

#endif
