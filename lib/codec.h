/* codec.h - how a plain value (a token, an id, a message) is written into Redis and read again.
 *
 * fastim writes values as they are. The Java original wraps each in a JSON string once more; a
 * setting that shares its data would be served here and nowhere else. */
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
