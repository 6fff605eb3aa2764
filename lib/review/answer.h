/* answer.h - what the site says to a message: one of
 *
 *     {"action":"allow"}
 *     {"action":"replace","info":"another text"}
 *     {"action":"refuse","reason":"a_word"}          the reason may be left out
 *
 * Other keys are ignored. */
#ifndef LIB_REVIEW_ANSWER_H
#define LIB_REVIEW_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/str.h"
#include "lib/text.h"

enum review_verdict {
    REVIEW_ALLOWED,
    REVIEW_REPLACED,
    REVIEW_REFUSED,
    REVIEW_FAILED, /* the site did not answer, or with something else */
    REVIEW_VERDICT__MAX
};

enum {
    REVIEW_REASON_MAX = 32 /* bytes */
};

/* All zero: it holds nothing. */
struct review_answer {
    enum review_verdict verdict;
    struct text info;                   /* if replaced: UTF-8 without NUL, not empty */
    char reason[REVIEW_REASON_MAX + 1]; /* if refused: a word of a to z and _ */
};

/* Most bytes of an answer that is looked at, for messages of at most so many bytes. */
size_t review_answer_max_bytes(size_t max_message_bytes);

/* Reads the body of an answer. A text of more than max_message_bytes is a failure. A refusal holds
 * whatever its reason looks like; one that is no such word counts as left out: `review`. */
void review_answer_read(struct review_answer *a, struct str body, size_t max_message_bytes);

/* Frees what it holds; it is all zero then. */
void review_answer_fini(struct review_answer *a);

#endif
