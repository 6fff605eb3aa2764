/* rate_limit.h - limits how often something happens: a rate, and a burst after a silence.
 *
 * The leaky bucket as a meter, kept as one number: when it will be empty (GCRA, ITU-T I.371,
 * annex A). */
#ifndef PUSH_CORE_RATE_LIMIT_H
#define PUSH_CORE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: nothing has happened. */
struct rate_limit {
    int64_t empty_us;
};

/* Counts one more at now_ms. False: that is too many, and it was not counted. a_second 0: no limit.
 * burst: at least 1. */
static inline bool
rate_limit_take(struct rate_limit *r, int64_t now_ms, int64_t a_second, int64_t burst)
{
    int64_t now = now_ms * 1000, from = r->empty_us > now ? r->empty_us : now;

    if (a_second == 0) {
        return true;
    }
    if (from - now > (burst - 1) * 1000000 / a_second) {
        return false;
    }
    r->empty_us = from + 1000000 / a_second;
    return true;
}

/* Is a whole burst free again? */
static inline bool
rate_limit_is_rested(const struct rate_limit *r, int64_t now_ms)
{
    return r->empty_us <= now_ms * 1000;
}

#endif
