/* cpu_load.h - is this process short of time? Then sending later, and more at once, is better for all. */
#ifndef PUSH_CORE_CPU_LOAD_H
#define PUSH_CORE_CPU_LOAD_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: not busy. */
struct cpu_load {
    int64_t began_ms; /* the stretch of time that is being measured */
    int64_t cpu_us;   /* what the process had had then */
    bool busy;
};

/* Is the stretch long enough (20 ms)? Asking for the CPU time costs something. */
bool cpu_load_is_due(const struct cpu_load *b, int64_t now_ms);

/* Ends the stretch, given the CPU time that the process has had. Busy from 40 % of a core on, and until it is
 * below 15 %: that sending together costs less must not end it at once. */
void cpu_load_measure(struct cpu_load *b, int64_t now_ms, int64_t cpu_us);

#endif
