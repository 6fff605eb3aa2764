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
    int64_t window;          /* entries that are asked for, if the list is given anew */
    uint64_t offsets[LANES]; /* where each log ended when the mark came */
    struct missed missed;    /* the answer; `from` is what was asked */
};

/* from: nowhere asks for the list. */
struct question *question_create(void *owner, struct position from);
void question_destroy(struct question *q);

/* window 0: as many entries as a list has. False: Redis cannot be asked now. */
bool question_ask(struct question *q, const struct config *config, struct marks *marks,
                  struct str group);

/* If entries that are no message make the list of the answer shorter than so many messages: how
 * many entries to ask for next. 0: it cannot be longer, or is no list. */
int64_t question_wider(const struct question *q, size_t list_num);

#endif
