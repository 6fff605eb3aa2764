/* v2_error.c - what clients of fastim.v2 are told by the frame `error`. */
#include "push-daemon/core/v2_error.h"

static const struct {
    int code;
    const char *reason;
} errors[V2_ERROR__MAX] = {
#define V2_ERROR(name, code, reason) [V2_##name] = {code, reason},
    V2_ERRORS
#undef V2_ERROR
};

int
v2_error_code(enum v2_error error)
{
    return errors[error].code;
}

const char *
v2_error_reason(enum v2_error error)
{
    return errors[error].reason;
}

enum v2_error
v2_error_of(struct str reason)
{
    int error = V2_BANNED; /* those before it are mistakes of the client */

    while (error < V2_ERROR__MAX && !str_is(reason, errors[error].reason)) {
        error++;
    }
    return (enum v2_error)error;
}
