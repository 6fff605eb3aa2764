/* mem.h - allocation that never returns NULL: out of memory ends the program with a message. */
#ifndef LIB_MEM_H
#define LIB_MEM_H

#include <stddef.h>

/* Sizes that a peer sends must be bounded before they get here. All results go to free(). */
void *mem_alloc(size_t size);
void *mem_zalloc(size_t size);
void *mem_resize(void *old, size_t size);

/* A NUL-terminated copy of len bytes. */
char *mem_dup(const void *bytes, size_t len);

#endif
