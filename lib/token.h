/* token.h - login tokens: 128 bits from the system's CSPRNG. */
#ifndef LIB_TOKEN_H
#define LIB_TOKEN_H

#include <stddef.h>

enum {
    TOKEN_CHARS = 32
};

/* 32 lower-case hexadecimal digits and a NUL: 128 random bits by getrandom(2). */
void token_make(char out[TOKEN_CHARS + 1]);

#endif
