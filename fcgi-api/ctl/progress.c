/* progress.c - how far long work has come. */
#include "fcgi-api/ctl/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/clock.h"

enum {
    EVERY_MS = 200
};

void
progress_init(struct progress *p, const char *what)
{
    *p = (struct progress){.what = what,
                           .unit = "messages",
                           .shown_ms = clock_ms(),
                           .is_on = isatty(STDERR_FILENO) == 1};
}

void
progress_say(struct progress *p, int64_t done, int64_t of)
{
    int64_t now;

    if (!p->is_on || (now = clock_ms()) - p->shown_ms < EVERY_MS) {
        return;
    }
    fprintf(stderr, "\r%s: %" PRId64, p->what, done);
    if (of > 0) {
        fprintf(stderr, " of %" PRId64, of);
    }
    fprintf(stderr, " %s", p->unit);
    if (of > 0) {
        fprintf(stderr, " (%d %%)", (int)(100 * done / of));
    }
    fputs("\033[K", stderr); /* and nothing of before behind it */
    p->shown_ms = now;
    p->is_shown = true;
}

void
progress_clear(struct progress *p)
{
    if (p->is_shown) {
        fputs("\r\033[K", stderr);
        p->is_shown = false;
    }
}
