/* review.h - the review by the site (im.hook.url): each message of an ordinary user is shown to the
 * site before it is appended.
 *
 * Many are shown at a time, and the answers come in any order. The messages of one client are
 * appended in theirs: what the site has not answered yet holds up those behind it, also those that
 * the site is not asked about. A message waits im.hook.timeoutMs at most until a connection is
 * free, and as long for the answer. After that, and if too many wait or the site is away
 * (lib/review/site.h), im.hook.onFailure says what becomes of it. */
#ifndef PUSH_REVIEW_REVIEW_H
#define PUSH_REVIEW_REVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "push-daemon/append/append_message.h"

struct appender;
struct env;
struct review;
struct session;

enum {
    REVIEW_WAITING_MAX = 1000 /* messages that wait for an answer */
};

/* Both are the caller's. */
struct review *review_create(const struct env *env, struct appender *appender);
void review_destroy(struct review *r); /* messages that wait are refused; NULL is fine */

/* The session's user says that: stores a copy of it once the site has allowed it
 * (append_message()). The session has to live until fn is called, once, now or later. False: Redis
 * is away, or too much is open; nothing is stored, and fn is not called. */
bool review_message(struct review *r, struct session *s, const struct append_message *m,
                    append_fn *fn, void *arg);

/* Messages that are not appended yet. */
size_t review_open_count(const struct review *r);

#endif
