/* history.h - what the endpoints that show messages share. */
#ifndef API_ENDPOINTS_HISTORY_H
#define API_ENDPOINTS_HISTORY_H

#include "fcgi-api/exchange.h"

enum {
    HISTORY_MAX = 10000,        /* messages in one answer */
    HISTORY_MAX_BYTES = 4 << 20 /* of their text as it is stored; one message may be larger */
};

/* Which end of the answer is cut if it is too large: the entries come from the other one. */
enum history_order {
    HISTORY_OLDEST_FIRST,
    HISTORY_NEWEST_FIRST
};

/* Builds the command for the messages before the one that userId, groupId and ts name. */
void history_ask_before(struct exchange *ex);
void history_answer_before(struct exchange *ex, const char *msg, const struct reply *reply);

/* Answers with an array of at most so many messages, oldest first, each as JSON in a string; null
 * if the reply is no list. The reply is the first piece of the entries; asks Redis for the others.
 * Skips entries that are no message, and logs each once. */
void history_answer(struct exchange *ex, const char *msg, enum history_order order, size_t most,
                    const struct reply *reply);

#endif
