/* fake_clock.h - lib/clock.h with a time of day that the test sets; the other clocks stand still.
 *
 * Include it: the real one is left out. */
#ifndef TESTS_UNIT_PUSHD_FAKE_CLOCK_H
#define TESTS_UNIT_PUSHD_FAKE_CLOCK_H

#include "lib/clock.h"

static int64_t fake_unix_ms;

int64_t
clock_ms(void)
{
    return 0;
}

int64_t
clock_us(void)
{
    return 0;
}

int64_t
clock_unix_ms(void)
{
    return fake_unix_ms;
}

int64_t
clock_cpu_us(void)
{
    return 0;
}

#endif
