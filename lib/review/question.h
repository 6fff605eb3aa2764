/* question.h - what the site is shown of a message before it is stored. */
#ifndef LIB_REVIEW_QUESTION_H
#define LIB_REVIEW_QUESTION_H

#include "lib/str.h"
#include "lib/text.h"

/* All of it in UTF-8. */
struct review_question {
    struct str group, user;
    struct str info;
    struct str client; /* the sender's address */
};

/* Adds {"groupId":…,"userId":…,"info":…,"client":…}. */
void review_question_add(struct text *out, const struct review_question *q);

#endif
