/* backoff.h - how long to wait before the next try: longer each time, and at random, so that many
 * clients do not try at the same moment. */
#ifndef LIB_BACKOFF_H
#define LIB_BACKOFF_H

#include <stdint.h>

enum {
    BACKOFF_MIN_MS = 100
};

/* All zero: no try has failed yet. */
struct backoff {
    int64_t step_ms;
};

/* The wait after one more failure, in milliseconds: at random from half of the step to all of it.
 * The step begins at BACKOFF_MIN_MS and doubles each time, up to most_ms. */
int64_t backoff_next_ms(struct backoff *b, int64_t most_ms);
void backoff_reset(struct backoff *b);

/* A random time of 0 to most_ms. */
int64_t backoff_draw_ms(int64_t most_ms);

#endif
