/* requests.h - questions to the site, on the loop: libcurl's multi interface. */
#ifndef PUSH_REVIEW_REQUESTS_H
#define PUSH_REVIEW_REQUESTS_H

#include <stddef.h>

#include "lib/review/answer.h"
#include "lib/review/request.h"

struct loop;
struct request;
struct requests;

/* Called once for each request, never from within requests_start(). why: of a failure. Both live
 * as long as the call. */
typedef void requests_fn(void *ctx, void *arg, const struct review_answer *answer, const char *why);

struct requests *requests_create(struct loop *loop, requests_fn *fn, void *ctx);
void requests_destroy(struct requests *rs); /* fn is not called for those under way; NULL is fine */

/* Asks. At most so many connections are open from now on, and they are kept. */
struct request *requests_start(struct requests *rs, const struct review_asking *asking,
                               size_t connections, void *arg);

/* Nobody waits for it any more: fn is not called for it. */
void requests_cancel(struct requests *rs, struct request *request);

size_t requests_count(const struct requests *rs); /* under way */

#endif
