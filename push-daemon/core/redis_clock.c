/* redis_clock.c - Redis' clock, as far as its answers tell it. */
#include "push-daemon/core/redis_clock.h"

#include <inttypes.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "push-daemon/core/metrics.h"

enum {
    STEP_MS = 500, /* a clock that is set right in small parts moves less in a second */
    STEP_LOG_MS = 10000
};

void
redis_clock_init(struct redis_clock *c, struct metrics *metrics)
{
    *c = (struct redis_clock){.metrics = metrics};
    c->ahead_ms = clock_unix_ms() - clock_ms();
}

void
redis_clock_guess(struct redis_clock *c)
{
    c->ahead_ms = clock_unix_ms() - clock_ms();
    c->measured = true;
}

void
redis_clock_forget(struct redis_clock *c)
{
    c->measured = false;
}

static void
redis_clock_on_step(struct redis_clock *c, int64_t moved_ms, int64_t now)
{
    c->metrics->clock_steps++;
    if (c->logged_ms == 0 || now - c->logged_ms >= STEP_LOG_MS) {
        c->logged_ms = now;
        log_warn("redis-clock-step moved-ms=%" PRId64 " so-far=%" PRIu64, moved_ms,
                 c->metrics->clock_steps);
    }
}

void
redis_clock_note(struct redis_clock *c, int64_t asked_ms, int64_t redis_ms)
{
    int64_t now = clock_ms(), least = redis_ms - now, most = redis_ms - asked_ms;
    int64_t before = c->ahead_ms, moved_ms;

    if (!c->measured) {
        c->measured = true;
        c->ahead_ms = least + (most - least) / 2;
        return;
    }
    c->ahead_ms = before < least ? least : before > most ? most : before;
    moved_ms = c->ahead_ms - before;
    if (moved_ms >= STEP_MS || moved_ms <= -STEP_MS) {
        redis_clock_on_step(c, moved_ms, now);
    }
}
