/* numbered.c - a message as clients of fastim.v2 get it. */
#include "push-daemon/resume/numbered.h"

enum {
    DAY_MS = 86400000
};

bool
numbered_add(struct text *out, struct str message, int64_t ts, int64_t *at, int64_t redis_ms)
{
    bool is_late = ts <= *at || ts >= redis_ms + DAY_MS;

    text_add_str(out, "{\"type\":\"message\",");
    text_add(out, message.p + 1, message.len - 1);
    if (is_late) {
        out->len--;
        text_add_str(out, ",\"at\":");
        text_add_int(out, *at);
        text_add_str(out, "}");
    } else {
        *at = ts;
    }
    return !is_late;
}
