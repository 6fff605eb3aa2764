/* channels.h - the groups whose channels a subscription is to hear, and what it has sent that Redis
 * has not answered yet. */
#ifndef PUSH_REDIS_CHANNELS_H
#define PUSH_REDIS_CHANNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/hash.h"
#include "lib/str.h"

/* A group whose channels are wanted, or for which a SUBSCRIBE is not acknowledged yet: that is told
 * by the acknowledgement of its last channel. They come in the order of the commands, so a count
 * tells which one is the last. */
struct channel {
    UT_hash_handle hh;
    bool wanted;
    unsigned subscribes_due;
    char group[]; /* not NUL-terminated; hh.keylen bytes */
};

/* On a cluster: a command that Redis has not answered wholly. */
struct unanswered {
    struct unanswered *prev, *next;
    bool subscribes; /* else it unsubscribes */
    int slot;
    size_t answers_due; /* one for each channel; an error stands for all of them */
    int64_t sent_ms;
    size_t length; /* of group */
    char group[];
};

/* All zero: empty. */
struct channels {
    struct channel *all;
    struct channel *probed;        /* the one that was probed last, or NULL */
    struct unanswered *unanswered; /* in the order in which they were sent */
};

static inline struct str
channel_group(const struct channel *ch)
{
    return str_make(ch->group, ch->hh.keylen);
}

static inline struct str
unanswered_group(const struct unanswered *u)
{
    return str_make(u->group, u->length);
}

/* NULL: there is none. */
struct channel *channels_find(const struct channels *c, struct str group);

/* Finds or makes it. */
struct channel *channels_want(struct channels *c, struct str group);

/* Frees it if it is neither wanted nor are there acknowledgements to come. */
void channels_forget_if_done(struct channels *c, struct channel *ch);

/* Groups that Redis has acknowledged, one after the other. NULL: there is none. */
const struct channel *channels_next_probe(struct channels *c);

/* ---- what is not answered ---- */

void channels_sent(struct channels *c, bool subscribes, struct str group, int slot, size_t channels,
                   int64_t now_ms);

/* One of a group's channels is acknowledged. False: nobody has asked for that. */
bool channels_take_answer(struct channels *c, bool subscribes, struct str group);

/* An error came for a command of that slot, or for the oldest one (slot below 0). The result is
 * taken out, and is the caller's to free; NULL: it is known already what became of it. */
struct unanswered *channels_take_error(struct channels *c, int slot);

/* How long the oldest one waits. 0: there is none. */
int64_t channels_wait_ms(const struct channels *c, int64_t now_ms);

/* The connection is gone: nothing will be answered. */
void channels_lose(struct channels *c);

/* Frees all. */
void channels_fini(struct channels *c);

#endif
