/* message.h - a chat message and its JSON form, the contract of both programs.
 *
 *     {"groupId":"1","userId":"3","info":"hello","ts":1648368380132}
 *
 * Keys stand in this order. What other writers put into Redis may look otherwise: it is a message if
 * it is an object with `info` a string, `userId` a string or an integer and `ts` an integer from 0
 * to 2^53, and is passed on in the form above, the group being that of its key. */
#ifndef LIB_MESSAGE_H
#define LIB_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"

#define MESSAGE_TS_MAX (INT64_C(1) << 53)

/* Adds the JSON up to and including `"ts":`. A script that makes the ts completes it with the
 * digits and MESSAGE_TAIL. All three are UTF-8. */
void message_add_head(struct text *out, struct str group, struct str user, struct str info);
#define MESSAGE_TAIL "}"

/* Adds the whole. */
void message_add(struct text *out, struct str group, struct str user, struct str info, int64_t ts);

/* Adds what stored says as a message of that group, in the form above; its ts goes to *ts if ts is
 * not NULL. False, and out unchanged: stored is no message. */
bool message_recode(struct text *out, struct str group, struct str stored, int64_t *ts);

#endif
