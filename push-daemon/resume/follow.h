/* follow.h - the state of a stream, and what an answer does to it; for stream.c alone. */
#ifndef PUSH_RESUME_FOLLOW_H
#define PUSH_RESUME_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "push-daemon/resume/feed.h"
#include "push-daemon/resume/question.h"
#include "push-daemon/room/holdback.h"
#include "push-daemon/room/polling.h"

struct marks;

struct stream {
    struct feed feed;
    struct marks *marks;       /* of the node at which it is subscribed to; NULL: it is not */
    struct polling polling;    /* while it is on, the stream is not synced */
    int polls_in_vain;         /* answers that let nobody in, since somebody waits */
    bool synced;               /* the logs follow the group */
    bool is_unreadable;        /* so said the last answer; it was logged */
    struct question *question; /* under way; or NULL */
    int64_t asked_ms;          /* when Redis was asked last */
    int changes;               /* of the list between its pieces, since it was whole */
    struct holdback held;      /* what came behind the mark while not synced */
};

/* The mark has come, and the answer: the members get what they lack, clients that wait are let in.
 * Returns whether the logs are in step with the group, as it is now or as the answer has it. */
bool follow_answer(struct stream *st, struct question *q);

#endif
