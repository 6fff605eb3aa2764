/* codec.h - how a plain value (a token, an id, a message) is stored in Redis.
 *
 * fastim stores values as they are. The Java original wraps each in a JSON string once more. If
 * fastim ever has to share its data with that, only this file changes. */
#ifndef LIB_CODEC_H
#define LIB_CODEC_H

#include <stdbool.h>

#include "lib/str.h"

static inline struct str
codec_encode(struct str plain)
{
    return plain;
}

static inline struct str
codec_decode(struct str stored)
{
    return stored;
}

#endif
