/* token.h - login tokens: 128 random bits from the kernel; and random bytes for other ends. */
#ifndef LIB_TOKEN_H
#define LIB_TOKEN_H

#include <stddef.h>

enum {
    TOKEN_CHARS = 32
};

/* Fills out with n bytes, at most 256. Aborts if getrandom(2) fails. */
void random_bytes(void *out, size_t n);

/* Writes 32 lower-case hexadecimal digits and a NUL. Aborts if getrandom(2) fails. */
void token_make(char out[TOKEN_CHARS + 1]);

#endif
