/* clock.c - the two clocks: one for spans of time, one for dates. */
#include "lib/clock.h"

#include <time.h>

static int64_t
read_clock(clockid_t which)
{
    struct timespec now;

    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t
clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_unix_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}
