/* token.c - login tokens, and the random bytes that they are made of. */
#include "lib/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/log.h"

void
random_bytes(void *out, size_t n)
{
    ssize_t got;

    do {
        got = getrandom(out, n, 0);
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)n) { /* so few bytes never come in part */
        log_error("getrandom reason=\"%s\"", strerror(errno));
        abort();
    }
}

void
token_make(char out[TOKEN_CHARS + 1])
{
    unsigned char random[TOKEN_CHARS / 2];

    random_bytes(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++) {
        snprintf(out + 2 * i, 3, "%02x", random[i]);
    }
}
