/* append_reply.h - what append.lua answered. */
#ifndef PUSH_APPEND_APPEND_REPLY_H
#define PUSH_APPEND_APPEND_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/append/append_message.h"

struct reply;

enum append_answer {
    ANSWER_STORED,       /* now, or when its id came first */
    ANSWER_OUT_OF_ORDER, /* one before it is missing */
    ANSWER_NO_SCRIPT,    /* Redis has lost the script */
    ANSWER_TOO_LATE,     /* by Redis' clock */
    ANSWER_ELSEWHERE,    /* the node does not have the slot, or not all of it: nothing was done */
    ANSWER_REFUSED
};

struct append_reply {
    enum append_answer answer;
    struct append_outcome outcome; /* if stored or refused; it lives as long as the reply */
    int64_t redis_ms;              /* if too late: Redis' clock */
    struct str error;              /* of Redis; or empty */
};

/* By a rule of the group, or for want of a login or a membership: nobody behind it was refused for
 * that. */
static inline bool
append_reply_is_by_rule(const struct append_reply *r)
{
    return r->answer == ANSWER_REFUSED && r->outcome.result != APPEND_REFUSED;
}

/* Does a node of a cluster say that it does not have the slot, or not all of it? Then it has done
 * nothing. */
bool append_reply_is_elsewhere(const struct reply *reply);

/* A refusal as append.lua notes it: which seq, and what it answered. False: it is none. */
bool append_reply_read_note(struct append_reply *r, int64_t *seq, struct str note);

/* The reply is not REPLY_LOST. */
struct append_reply append_reply_read(const struct reply *reply);

#endif
