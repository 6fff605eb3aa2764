/* feed.h - messages and events go to the logs of a stream, and move its members' position. */
#ifndef PUSH_RESUME_FEED_H
#define PUSH_RESUME_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/frames/position.h"
#include "push-daemon/resume/lanes.h"
#include "push-daemon/room/dedup.h"
#include "push-daemon/room/holdback.h"

struct env;
struct garbage;
struct missed;

struct feed {
    const struct env *env;
    struct garbage *garbage; /* logs what is no message */
    struct lanes lanes;
    struct position at; /* where the members stand; nowhere if there were none yet */
    bool exact;         /* what has that number was the last durable frame */
    struct dedup late;  /* while Redis is asked again and again: late messages that were given */
};

int64_t feed_redis_ms(const struct feed *f); /* Redis' clock */

/* A message came over the subscription. */
void feed_message(struct feed *f, struct str payload);

/* An event came. If it is not above the position, it was in what Redis answered. */
void feed_event(struct feed *f, int64_t at, struct str json);

/* All that was held back, in order; held is empty then. */
void feed_held(struct feed *f, struct holdback *held);

/* What an answer brought for the members: the frames from one on (missed_find()), or the list. */
void feed_missed(struct feed *f, const struct missed *m, size_t from);

/* The same if Redis is asked again and again: a late message of another writer, which is behind the
 * position of all these questions, is not given again. */
void feed_polled(struct feed *f, const struct missed *m, size_t from);
void feed_end_polling(struct feed *f);

/* If there are no members, the log of events may be another one. The numbers go on. */
void feed_adopt(struct feed *f, const struct position *now);

#endif
