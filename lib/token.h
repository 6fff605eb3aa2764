/* token.h - login tokens: 128 random bits from the kernel. */
#ifndef LIB_TOKEN_H
#define LIB_TOKEN_H

#include <stddef.h>

enum {
    TOKEN_CHARS = 32
};

/* Writes 32 lower-case hexadecimal digits and a NUL. Aborts if getrandom(2) fails. */
void token_make(char out[TOKEN_CHARS + 1]);

#endif
