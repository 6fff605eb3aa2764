/* mem.h - allocation that never returns NULL: without memory the program says so and aborts. */
#ifndef LIB_MEM_H
#define LIB_MEM_H

#include <stddef.h>

/* Bound a size that a peer sends before it gets here. All results go to free(). */
void *mem_alloc(size_t size);
void *mem_zalloc(size_t size);
void *mem_resize(void *old, size_t size);

/* A NUL-terminated copy of len bytes. */
char *mem_dup(const void *bytes, size_t len);

#endif
