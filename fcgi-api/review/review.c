/* review.c - the review by the site. */
#include "fcgi-api/review/review.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/review/request.h"
#include "lib/review/site.h"

struct review {
    const struct config *config;
    struct review_request *request; /* NULL: the site was never asked */
    struct review_site site;
};

struct review *
review_create(const struct config *config)
{
    struct review *r = mem_zalloc(sizeof(*r));

    r->config = config;
    return r;
}

void
review_destroy(struct review *r)
{
    if (r != NULL) {
        review_request_destroy(r->request);
        free(r);
    }
}

bool
review_is_on(const struct review *r)
{
    return r != NULL && *r->config->hook.url != '\0';
}

static const struct review_answer *
review_on_failure(const struct review *r)
{
    static const struct review_answer allowed = {.verdict = REVIEW_ALLOWED};
    static const struct review_answer failed = {.verdict = REVIEW_FAILED};

    return r->config->hook.on_failure == HOOK_ALLOWS ? &allowed : &failed;
}

const struct review_answer *
review_ask(struct review *r, const struct review_question *question)
{
    const struct review_asking asking = {
        .url = r->config->hook.url,
        .question = *question,
        .max_message_bytes = (size_t)r->config->message.max_message_bytes,
    };
    const struct review_answer *answer;
    bool has_answered;

    if (!review_site_may_be_asked(&r->site, clock_ms())) {
        return review_on_failure(r);
    }
    if (r->request == NULL) {
        r->request = review_request_create();
    }
    review_site_on_ask(&r->site, clock_ms());
    review_request_prepare(r->request, &asking);
    answer = review_request_run(r->request, r->config->hook.timeout_ms);
    has_answered = answer->verdict != REVIEW_FAILED;
    (void)review_site_note(&r->site, has_answered, review_request_why(r->request));
    return has_answered ? answer : review_on_failure(r);
}
