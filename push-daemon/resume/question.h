/* question.h - one question of a stream to Redis: what did who stood there miss? */
#ifndef PUSH_RESUME_QUESTION_H
#define PUSH_RESUME_QUESTION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/resume/lanes.h"
#include "push-daemon/resume/missed.h"
#include "push-daemon/room/marks.h"

struct config;

struct question {
    struct marked request;   /* the first member, so that each is a pointer to the other */
    bool marked;             /* its mark has come */
    bool is_read;            /* missed has a first piece */
    uint64_t offsets[LANES]; /* where each log ended when the mark came */
    struct missed missed;    /* the answer; `from` is what was asked */
};

/* from: nowhere asks for the list. in_one: a list is to come in one piece, see missed.h. */
struct question *question_create(void *owner, struct position from, bool in_one);
void question_destroy(struct question *q);

/* False: Redis cannot be asked now. */
bool question_ask(struct question *q, const struct config *config, struct marks *marks,
                  struct str group);

/* Takes an answer. If it is a list that lacks a piece, that is asked for: on_answer will come
 * again. What comes behind the mark is in no piece, as they go towards older entries. */
enum question_answer {
    QUESTION_WHOLE,     /* all is in q->missed */
    QUESTION_MORE,      /* a piece is under way */
    QUESTION_GONE,      /* the list has changed meanwhile: it is to be asked anew */
    QUESTION_STUCK,     /* no further piece can be asked for: likewise, in one */
    QUESTION_LOST,      /* or Redis is in trouble */
    QUESTION_UNREADABLE /* the keys hold something else */
};
enum question_answer question_take(struct question *q, const struct config *config,
                                   const struct missed_reader *reader, const struct reply *reply);

#endif
