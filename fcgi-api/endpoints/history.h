/* history.h - what the endpoints that show messages share. */
#ifndef API_ENDPOINTS_HISTORY_H
#define API_ENDPOINTS_HISTORY_H

#include "fcgi-api/exchange.h"

enum {
    HISTORY_MAX = 10000 /* messages in one answer */
};

/* Builds the command for the count messages before the one that userId, groupId and ts name. */
void history_ask_before(struct exchange *ex);

/* Answers with an array of the messages, each as JSON in a string; null if the reply is no list.
 * Skips entries that are no message, and logs each once. */
void history_answer(struct exchange *ex, const char *msg, const struct reply *reply);

#endif
