/* number.c - whole numbers in text. */
#include "lib/config/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool
number_parse(struct str text, int64_t min, int64_t max, int64_t *n)
{
    char copy[NUMBER_MAX_CHARS + 1];
    const char *digits;
    long long value;

    if (text.len == 0 || text.len > NUMBER_MAX_CHARS) {
        return false;
    }
    memcpy(copy, text.p, text.len);
    copy[text.len] = '\0';
    digits = copy[0] == '-' ? copy + 1 : copy;
    if (digits[0] == '\0' || digits + strspn(digits, "0123456789") != copy + text.len) {
        return false;
    }
    errno = 0;
    value = strtoll(copy, NULL, 10);
    if (errno != 0 || value < min || value > max) {
        return false;
    }
    *n = value;
    return true;
}
