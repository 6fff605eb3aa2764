/* progress.h - how far long work has come, on standard error if that is a terminal. */
#ifndef API_CTL_PROGRESS_H
#define API_CTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what; /* as "export" */
    const char *unit; /* of what is counted; "messages" at first */
    int64_t shown_ms; /* on clock_ms() */
    bool is_on, is_shown;
};

void progress_init(struct progress *p, const char *what);

/* Says how many are done, of how many (0: not known), a few times a second at most. */
void progress_say(struct progress *p, int64_t done, int64_t of);

/* Takes away what it has said, so that something else can be. */
void progress_clear(struct progress *p);

#endif
