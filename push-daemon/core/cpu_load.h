/* cpu_load.h - is the process CPU-bound? Then batching pays: sending later, and more at once. */
#ifndef PUSH_CORE_CPU_LOAD_H
#define PUSH_CORE_CPU_LOAD_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: not busy. */
struct cpu_load {
    int64_t began_ms; /* when the current stretch began */
    int64_t cpu_us;   /* the CPU time that the process had had by then */
    bool busy;        /* as of the last stretch */
};

/* Is the stretch long enough (20 ms)? Reading the CPU time is a system call. */
bool cpu_load_is_due(const struct cpu_load *l, int64_t now_ms);

/* Ends the stretch; cpu_us is the CPU time that the process has had so far. Busy begins at 40 % of
 * a core and ends below 15 %: batching itself lowers the load, and must not end at once because of
 * it. */
void cpu_load_measure(struct cpu_load *l, int64_t now_ms, int64_t cpu_us);

#endif
