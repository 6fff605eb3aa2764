/* cpu_load.c - is this process short of time? */
#include "push-daemon/core/cpu_load.h"

enum {
    STRETCH_MS = 20,
    BUSY_PERCENT = 40,
    QUIET_PERCENT = 15
};

bool
cpu_load_is_due(const struct cpu_load *b, int64_t now_ms)
{
    return now_ms - b->began_ms >= STRETCH_MS;
}

void
cpu_load_measure(struct cpu_load *b, int64_t now_ms, int64_t cpu_us)
{
    int64_t span_us = (now_ms - b->began_ms) * 1000;
    int64_t percent = span_us > 0 ? (cpu_us - b->cpu_us) * 100 / span_us : 0;

    b->busy = percent >= (b->busy ? QUIET_PERCENT : BUSY_PERCENT);
    b->began_ms = now_ms;
    b->cpu_us = cpu_us;
}
