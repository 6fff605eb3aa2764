/* cpu_load.c - is the process CPU-bound? */
#include "push-daemon/core/cpu_load.h"

enum {
    STRETCH_MS = 20,
    BUSY_PERCENT = 40,
    QUIET_PERCENT = 15
};

bool
cpu_load_is_due(const struct cpu_load *l, int64_t now_ms)
{
    return now_ms - l->began_ms >= STRETCH_MS;
}

void
cpu_load_measure(struct cpu_load *l, int64_t now_ms, int64_t cpu_us)
{
    int64_t span_us = (now_ms - l->began_ms) * 1000;
    int64_t percent = span_us > 0 ? (cpu_us - l->cpu_us) * 100 / span_us : 0;

    l->busy = percent >= (l->busy ? QUIET_PERCENT : BUSY_PERCENT);
    l->began_ms = now_ms;
    l->cpu_us = cpu_us;
}
