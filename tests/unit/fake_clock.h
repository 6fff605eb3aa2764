/* fake_clock.h - lib/clock.h with times that the test sets; at first they are all 0.
 *
 * Include it: the real one is left out. */
#ifndef TESTS_UNIT_FAKE_CLOCK_H
#define TESTS_UNIT_FAKE_CLOCK_H

#include "lib/clock.h"

static struct {
    int64_t ms, unix_ms, cpu_us;
} fake_clock;

int64_t
clock_ms(void)
{
    return fake_clock.ms;
}

int64_t
clock_us(void)
{
    return fake_clock.ms * 1000;
}

int64_t
clock_unix_ms(void)
{
    return fake_clock.unix_ms;
}

int64_t
clock_cpu_us(void)
{
    return fake_clock.cpu_us;
}

#endif
