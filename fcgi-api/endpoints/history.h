/* history.h - what the endpoints that show messages have in common. */
#ifndef API_ENDPOINTS_HISTORY_H
#define API_ENDPOINTS_HISTORY_H

#include "fcgi-api/exchange.h"

enum {
    HISTORY_MAX = 10000 /* messages in one answer */
};

/* Asks for the messages before the one that userId, groupId and ts name; count of them. */
void history_ask_before(struct exchange *ex);

/* data: an array of the messages' JSON as strings; null where there is no list. Entries that are no
 * message are passed over, and logged once. */
void history_answer(struct exchange *ex, const char *msg, const struct reply *reply);

#endif
