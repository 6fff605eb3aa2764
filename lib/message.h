/* message.h - a chat message and its JSON form, which both programs share.
 *
 *     {"groupId":"1","userId":"3","info":"hello","ts":1648368380132}
 *
 * The keys stand in this order; ts is in Unix milliseconds. Other writers may put other forms into
 * Redis. An entry is a message if it is an object in which info is a string, userId a string or an
 * integer, and ts an integer from 0 to 2^53. It is passed on in the form above, with the group of
 * its key. */
#ifndef LIB_MESSAGE_H
#define LIB_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"

#define MESSAGE_TS_MAX (INT64_C(1) << 53)

/* Adds the JSON up to and including `"ts":`. The script that makes the ts adds its digits and
 * MESSAGE_TAIL. group, user and info must be UTF-8. */
void message_add_head(struct text *out, struct str group, struct str user, struct str info);
#define MESSAGE_TAIL "}"

/* Adds the whole message. */
void message_add(struct text *out, struct str group, struct str user, struct str info, int64_t ts);

/* Adds a stored entry as a message of that group, in the form above. *ts gets its ts, unless ts is
 * NULL. Returns false, and leaves out unchanged, if the entry is no message. */
bool message_recode(struct text *out, struct str group, struct str stored, int64_t *ts);

/* The userId of a message in the form above, as a JSON string with its quotes. */
struct str message_quoted_user(struct str message);

#endif
