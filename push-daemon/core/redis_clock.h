/* redis_clock.h - Redis' clock, as far as its answers tell it.
 *
 * An answer that carries Redis' time was made between the question and now. So it bounds how far
 * Redis' clock is ahead of ours, and what we believe is moved into these bounds, no further: a slow
 * answer changes nothing, a step of the clock is seen by the first answer after it. */
#ifndef PUSH_CORE_REDIS_CLOCK_H
#define PUSH_CORE_REDIS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct metrics;

struct redis_clock {
    int64_t ahead_ms;        /* Redis' Unix milliseconds less clock_ms() */
    bool measured;           /* by this connection */
    int64_t logged_ms;       /* when a step was logged; 0: never */
    struct metrics *metrics; /* steps are counted there */
};

/* Until Redis has told its time, the host's clock stands for it. */
void redis_clock_init(struct redis_clock *c, struct metrics *metrics);

/* There is no answer to TIME: the host's clock stands for it again. */
void redis_clock_guess(struct redis_clock *c);

/* The next answer is of another connection, of another Redis perhaps: it alone counts. */
void redis_clock_forget(struct redis_clock *c);

/* An answer has just come. asked_ms: clock_ms() when the question was sent, or earlier. */
void redis_clock_note(struct redis_clock *c, int64_t asked_ms, int64_t redis_ms);

/* Redis' Unix milliseconds at this time of clock_ms(). */
static inline int64_t
redis_clock_at_ms(const struct redis_clock *c, int64_t at_ms)
{
    return at_ms + c->ahead_ms;
}

#endif
