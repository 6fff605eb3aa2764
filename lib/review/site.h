/* site.h - does the site that reviews messages answer? If it does not, it is asked less often. */
#ifndef LIB_REVIEW_SITE_H
#define LIB_REVIEW_SITE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    REVIEW_FAILURES_MAX = 10, /* in a row; then the site counts as away */
    REVIEW_AGAIN_MS = 1000    /* between two questions to a site that is away */
};

/* All zero: it answers, as far as is known. Times are those of any one monotonic clock, in ms. */
struct review_site {
    unsigned failures; /* in a row */
    bool is_away;
    int64_t again_ms; /* if away: when it may be asked next */
};

/* May it be asked now? */
bool review_site_may_be_asked(const struct review_site *site, int64_t now_ms);

/* It is asked. */
void review_site_on_ask(struct review_site *site, int64_t now_ms);

/* It gave an answer, or failed to (why: for the log). Logs once that it is away, and once that it
 * is back. Returns true if it is away from now on. */
bool review_site_note(struct review_site *site, bool has_answered, const char *why);

#endif
