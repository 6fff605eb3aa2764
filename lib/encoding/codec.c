/* codec.c - what stands in Redis in the form of the Java original. */
#include "lib/encoding/codec.h"

#include "lib/encoding/value.h"

bool
codec_is_unwrapped(struct str stored)
{
    size_t i = 0;

    while (i < stored.len && value_is_blank(stored.p[i])) {
        i++;
    }
    return i < stored.len && stored.p[i] == '{';
}

bool
codec_unwrap_message(struct text *out, struct str group, struct str stored, int64_t *ts)
{
    struct text inner;
    bool ok;

    if (codec_is_unwrapped(stored)) {
        return message_recode(out, group, stored, ts);
    }
    text_init(&inner);
    ok = value_decode(&inner, stored) && message_recode(out, group, text_str(&inner), ts);
    text_fini(&inner);
    return ok;
}

struct str
codec_unwrap_id(struct text *scratch, struct str stored)
{
    struct str number = value_bare_number(stored);

    if (number.p != NULL) {
        return number;
    }
    text_clear(scratch);
    return value_decode(scratch, stored) ? text_str(scratch) : str_make("", 0);
}
