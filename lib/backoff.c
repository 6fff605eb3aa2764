/* backoff.c - how long to wait before the next try. */
#include "lib/backoff.h"

#include <sys/random.h>
#include <unistd.h>

int64_t
backoff_draw_ms(int64_t most_ms)
{
    uint32_t random = 0;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random)) {
        random = (uint32_t)getpid(); /* too early after boot; pids at least differ */
    }
    return (int64_t)(random % (uint32_t)(most_ms + 1));
}

int64_t
backoff_next_ms(struct backoff *b, int64_t most_ms)
{
    int64_t step = b->step_ms > 0 ? b->step_ms : BACKOFF_MIN_MS;

    b->step_ms = 2 * step < most_ms ? 2 * step : most_ms;
    return step / 2 + backoff_draw_ms(step / 2);
}

void
backoff_reset(struct backoff *b)
{
    b->step_ms = 0;
}
