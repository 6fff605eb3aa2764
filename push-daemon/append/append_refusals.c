/* append_refusals.c - messages that Redis refused: logged now and then; do they come too late? */
#include "push-daemon/append/append_refusals.h"

#include <inttypes.h>

#include "lib/clock.h"
#include "lib/log.h"

enum {
    LOG_MS = 10000, /* between two log lines */
    LATE_MS = 10000 /* who is told so sends no more, and then nothing is stored */
};

void
append_refusals_note(struct append_refusals *r, struct str answer)
{
    int64_t now = clock_ms();

    r->count++;
    if (r->logged_ms != 0 && now - r->logged_ms < LOG_MS) {
        return;
    }
    r->logged_ms = now;
    log_warn("append-refused answer=%s so-far=%" PRIu64, log_quote(answer).text, r->count);
}

void
append_refusals_note_late(struct append_refusals *r)
{
    r->late_ms = clock_ms();
}

void
append_refusals_end_late(struct append_refusals *r)
{
    r->late_ms = 0;
}

bool
append_refusals_are_late(const struct append_refusals *r)
{
    return r->late_ms != 0 && clock_ms() - r->late_ms < LATE_MS;
}
