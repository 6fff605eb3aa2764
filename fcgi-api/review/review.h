/* review.h - the review by the site (im.hook.url): a message is shown to it before it is stored.
 *
 * This process serves one request at a time, so it waits for the answer, im.hook.timeoutMs at most.
 * Its connection to the site is kept. */
#ifndef API_REVIEW_REVIEW_H
#define API_REVIEW_REVIEW_H

#include <stdbool.h>

#include "lib/config/config.h"
#include "lib/review/answer.h"
#include "lib/review/question.h"

struct review;

struct review *review_create(const struct config *config);
void review_destroy(struct review *r); /* NULL is fine */

bool review_is_on(const struct review *r); /* NULL: it is not */

/* What the site says; or, if it fails, what im.hook.onFailure says: allowed, or failed. It lives
 * until the next call. */
const struct review_answer *review_ask(struct review *r, const struct review_question *question);

#endif
