/* token.c - login tokens. */
#include "lib/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/log.h"

void
token_make(char out[TOKEN_CHARS + 1])
{
    unsigned char random[TOKEN_CHARS / 2];
    ssize_t got;

    do {
        got = getrandom(random, sizeof(random), 0);
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof(random)) { /* so few bytes never come in part */
        log_error("getrandom reason=\"%s\"", strerror(errno));
        abort();
    }
    for (size_t i = 0; i < sizeof(random); i++) {
        snprintf(out + 2 * i, 3, "%02x", random[i]);
    }
}
