/* site.c - does the site that reviews messages answer? */
#include "lib/review/site.h"

#include "lib/log.h"

bool
review_site_may_be_asked(const struct review_site *site, int64_t now_ms)
{
    return !site->is_away || now_ms >= site->again_ms;
}

void
review_site_on_ask(struct review_site *site, int64_t now_ms)
{
    site->again_ms = now_ms + REVIEW_AGAIN_MS;
}

bool
review_site_note(struct review_site *site, bool has_answered, const char *why)
{
    if (has_answered) {
        if (site->is_away) {
            log_info("im.hook.url reason=\"the site reviews messages again\"");
        }
        *site = (struct review_site){0};
        return false;
    }
    site->failures++;
    if (site->is_away || site->failures < REVIEW_FAILURES_MAX) {
        return false;
    }
    site->is_away = true;
    log_error("im.hook.url reason=\"%d reviews in a row have failed, so the site is asked once a "
              "second\" last=%s",
              REVIEW_FAILURES_MAX, log_quote(str_of(why)).text);
    return true;
}
