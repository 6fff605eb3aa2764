/* clock.c - the clocks. */
#include "lib/clock.h"

#include <time.h>

static int64_t
clock_read_us(clockid_t which)
{
    struct timespec now;

    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_ms(void)
{
    return clock_read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
clock_us(void)
{
    return clock_read_us(CLOCK_MONOTONIC);
}

int64_t
clock_unix_ms(void)
{
    return clock_read_us(CLOCK_REALTIME) / 1000;
}

int64_t
clock_cpu_us(void)
{
    return clock_read_us(CLOCK_THREAD_CPUTIME_ID);
}
