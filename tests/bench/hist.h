/* hist.h - a histogram of times: buckets that grow with what they hold, 3 % wide. */
#ifndef BENCH_HIST_H
#define BENCH_HIST_H

#include <stdint.h>

enum {
    HIST_SUB_BITS = 5,
    HIST_BUCKETS = (64 - HIST_SUB_BITS + 1) << HIST_SUB_BITS
};

struct hist {
    uint64_t count;
    uint64_t max;
    uint64_t buckets[HIST_BUCKETS];
};

static inline void
hist_add(struct hist *h, uint64_t value)
{
    unsigned shift = 63 - (unsigned)__builtin_clzll(value | 1u << HIST_SUB_BITS) - HIST_SUB_BITS;

    h->buckets[(shift << HIST_SUB_BITS) + (value >> shift)]++;
    h->count++;
    h->max = value > h->max ? value : h->max;
}

/* The value below which that part (0 to 1) of all lies: the middle of its bucket. */
static inline double
hist_at(const struct hist *h, double part)
{
    uint64_t rank = (uint64_t)(part * (double)h->count), seen = 0;

    for (unsigned i = 0; i < HIST_BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen > rank) {
            unsigned shift = i >> HIST_SUB_BITS;

            if (shift <= 1) {
                return i;
            }
            shift--;
            return ((double)(i - (shift << HIST_SUB_BITS)) + 0.5) * (double)(1ull << shift);
        }
    }
    return (double)h->max;
}

#endif
