/* rate_limit.h - limits how often something happens: a rate, and a burst after a silence.
 *
 * The leaky bucket as a meter, kept as one number: when it will be empty (GCRA, ITU-T I.371,
 * annex A). */
#ifndef LIB_RATE_LIMIT_H
#define LIB_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: nothing has happened. */
struct rate_limit {
    int64_t empty_ns; /* on the clock of now_ms */
};

/* May it happen n more times at now_ms? a_second 0: no limit. burst: at least 1. A whole burst may
 * always happen after a silence; so may a larger n, or it never could. */
static inline bool
rate_limit_allows(const struct rate_limit *r, int64_t now_ms, int64_t n, int64_t a_second,
                  int64_t burst)
{
    int64_t ahead = r->empty_ns - now_ms * 1000000;

    return a_second == 0 || ahead <= 0 || ahead <= (burst - n) * 1000000000 / a_second;
}

/* It happens. */
static inline void
rate_limit_count(struct rate_limit *r, int64_t now_ms, int64_t n, int64_t a_second)
{
    int64_t now = now_ms * 1000000;

    if (a_second > 0) {
        r->empty_ns = (r->empty_ns > now ? r->empty_ns : now) + n * 1000000000 / a_second;
    }
}

/* What was counted is forgotten in that many seconds at the latest. */
static inline void
rate_limit_forgive(struct rate_limit *r, int64_t now_ms, int64_t seconds)
{
    int64_t latest = now_ms * 1000000 + seconds * 1000000000;

    r->empty_ns = r->empty_ns < latest ? r->empty_ns : latest;
}

/* Counts one more at now_ms. False: that is too many, and it was not counted. */
static inline bool
rate_limit_take(struct rate_limit *r, int64_t now_ms, int64_t a_second, int64_t burst)
{
    bool allowed = rate_limit_allows(r, now_ms, 1, a_second, burst);

    if (allowed) {
        rate_limit_count(r, now_ms, 1, a_second);
    }
    return allowed;
}

/* Is a whole burst free again? */
static inline bool
rate_limit_is_rested(const struct rate_limit *r, int64_t now_ms)
{
    return r->empty_ns <= now_ms * 1000000;
}

#endif
