/* codec.h - how a login token, the id of a group and a message stand in Redis: redis.encoding.
 *
 * plain: as they are. java: as the Java original has them, see value.h. All other values of fastim
 * are its own, and are always plain. */
#ifndef LIB_ENCODING_CODEC_H
#define LIB_ENCODING_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/message.h"
#include "lib/str.h"
#include "lib/text.h"

/* In java; the other functions below are for both. */
bool codec_unwrap_message(struct text *out, struct str group, struct str stored, int64_t *ts);
struct str codec_unwrap_id(struct text *scratch, struct str stored);
bool codec_is_unwrapped(struct str stored);

/* As message_recode(), for an entry of a list or a channel. In java an object without the string
 * around it is a message as well. */
static inline bool
codec_recode(enum config_encoding encoding, struct text *out, struct str group, struct str stored,
             int64_t *ts)
{
    return encoding == ENCODING_PLAIN ? message_recode(out, group, stored, ts)
                                      : codec_unwrap_message(out, group, stored, ts);
}

/* Of such an entry: do the hosts of the Java original stumble over it? */
static inline bool
codec_hurts_java(enum config_encoding encoding, struct str stored)
{
    return encoding == ENCODING_JAVA && codec_is_unwrapped(stored);
}

/* The id in a member of a user's set of groups; empty: there is none. It is in stored or in
 * scratch, and need not be one by id_valid(). */
static inline struct str
codec_id(enum config_encoding encoding, struct text *scratch, struct str stored)
{
    return encoding == ENCODING_PLAIN ? stored : codec_unwrap_id(scratch, stored);
}

#endif
