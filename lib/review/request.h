/* request.h - one question to the site by HTTP, with libcurl: how it is made, and what came back.
 *
 * Nothing but http:// is spoken. Proxies of the environment, redirects and cookies are not used.
 * Names are looked up in a thread. Nobody waits for that thread. */
#ifndef LIB_REVIEW_REQUEST_H
#define LIB_REVIEW_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/review/answer.h"
#include "lib/review/question.h"

struct review_request;

/* What is asked, and of whom. The request keeps no pointer to it. */
struct review_asking {
    const char *url; /* http://… */
    struct review_question question;
    size_t max_message_bytes; /* of the text that may replace the message's */
};

/* A request that can be used again and again. */
struct review_request *review_request_create(void);
void review_request_destroy(struct review_request *r); /* NULL is fine */

/* Can libcurl ask there, and look up a name without stopping the program? If not, that is logged.
 * An empty url is fine. */
bool review_request_check(const char *url);

/* Makes it ask that; nothing is sent yet. */
void review_request_prepare(struct review_request *r, const struct review_asking *asking);

/* Its easy handle (CURL *), to be run by a multi handle. */
void *review_request_handle(struct review_request *r);

/* It was run, and that ended with this CURLcode. Reads the answer, which lives until the next
 * review_request_prepare(). */
const struct review_answer *review_request_end(struct review_request *r, int code);

/* Instead of both: runs it, for so long at most. */
const struct review_answer *review_request_run(struct review_request *r, int64_t timeout_ms);

/* Why the last one failed; it lives until the next review_request_prepare(). */
const char *review_request_why(const struct review_request *r);

#endif
