/* close_reason.c - why a connection ends. */
#include "push-daemon/core/close_reason.h"

static const struct {
    struct close_told v1, v2;
    const char *text;
} reasons[CLOSE_REASON__MAX] = {
#define CLOSE_REASON(name, code, word, v2_code, error, why, text)                                  \
    [CLOSE_##name] = {{CODE_##code, 0, word}, {CODE_##v2_code, error, why}, text},
    CLOSE_REASONS
#undef CLOSE_REASON
};

const struct close_told *
close_reason_v1(enum close_reason reason)
{
    return &reasons[reason].v1;
}

const struct close_told *
close_reason_v2(enum close_reason reason)
{
    return &reasons[reason].v2;
}

const char *
close_reason_text(enum close_reason reason)
{
    return reasons[reason].text;
}
