/* close_reason.c - why a connection ends. */
#include "push-daemon/core/close_reason.h"

static const struct {
    int code;
    const char *text;
} reasons[CLOSE_REASON__MAX] = {
#define CLOSE_REASON(name, code, text) [CLOSE_##name] = {code, text},
    CLOSE_REASONS
#undef CLOSE_REASON
};

int
close_reason_code(enum close_reason reason)
{
    return reasons[reason].code;
}

const char *
close_reason_text(enum close_reason reason)
{
    return reasons[reason].text;
}
