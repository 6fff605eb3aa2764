/* queue.h - messages on their way through the review: those of a session in a line, and those that
 * are not decided in the order of their deadlines. */
#ifndef PUSH_REVIEW_QUEUE_H
#define PUSH_REVIEW_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/review/answer.h"
#include "push-daemon/append/append_message.h"

struct request;
struct session;

enum {
    REVIEW_BYTES_MAX = 64 << 20 /* of all items */
};

enum review_state {
    REVIEW_WAITS, /* to be shown to the site */
    REVIEW_ASKED,
    REVIEW_DECIDED /* it waits for those before it */
};

struct review_item {
    struct review_item *prev, *next;     /* by deadline; in the list of its state */
    struct review_item *before, *behind; /* of the same session, in their order */
    struct session *session;
    append_fn *fn;
    void *arg;
    size_t size;
    enum review_state state;
    int64_t deadline_ms;         /* monotonic */
    struct request *request;     /* if asked */
    struct review_answer answer; /* if decided */
    struct append_message message;
    char bytes[];
};

/* All zero: empty. */
struct review_queue {
    struct review_item *waiting, *asked; /* those with this state */
    size_t open;                         /* how many these are */
    size_t count, bytes;                 /* of all items */
};

/* Adds a copy of the message at the end of the session's line: decided, allowed, and without a
 * deadline so far. NULL: there is no room for it. */
struct review_item *review_queue_add(struct review_queue *q, struct session *s,
                                     const struct append_message *m);

/* It gets that state, until then at most; it does not go back to an earlier one. */
void review_queue_wait(struct review_queue *q, struct review_item *item, int64_t deadline_ms);
void review_queue_ask(struct review_queue *q, struct review_item *item, int64_t deadline_ms);
void review_queue_decide(struct review_queue *q, struct review_item *item);

/* Takes one that is decided out of its line; it goes to review_item_free(). */
void review_queue_remove(struct review_queue *q, struct review_item *item);
void review_item_free(struct review_item *item);

/* Whose deadline comes next; NULL: none is open. */
const struct review_item *review_queue_next(const struct review_queue *q);

#endif
