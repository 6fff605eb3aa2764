/* params.c - the parameters of an endpoint: there, and of the right kind, or a fault that names them. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fcgi-api/endpoint.h"
#include "lib/ids.h"

void
call_fault(struct call *call, int code, const char *format, ...)
{
    va_list args;

    if (call->fault != 0) {
        return; /* the first counts */
    }
    call->fault = code;
    va_start(args, format);
    vsnprintf(call->fault_msg, sizeof(call->fault_msg), format, args);
    va_end(args);
}

struct str
param_text(struct call *call, const char *name)
{
    struct str value = form_get(call->form, name);

    if (value.p == NULL) {
        call_fault(call, 400, "缺少参数 %s (missing)", name);
        return str_make("", 0);
    }
    return value;
}

struct str
call_user(struct call *call)
{
    if (!id_valid(call->request->user)) {
        call_fault(call, 400, "缺少请求头 userId (header missing or no id)");
        return str_make("", 0);
    }
    return call->request->user;
}

struct str
param_id(struct call *call, const char *name)
{
    struct str value = param_text(call, name);

    if (call->fault == 0 && !id_valid(value)) {
        call_fault(call, 400,
                   "参数错误 %s (1 to 128 bytes of UTF-8 without control characters or /)", name);
    }
    return value;
}

int64_t
param_int(struct call *call, const char *name, int64_t min, int64_t max)
{
    struct str value = param_text(call, name);
    char digits[24] = "";
    int64_t n = 0;
    char *end = digits;

    if (call->fault != 0) {
        return min;
    }
    if (value.len > 0 && value.len < sizeof(digits) &&
        (value.p[0] == '-' || (value.p[0] >= '0' && value.p[0] <= '9'))) {
        memcpy(digits, value.p, value.len);
        errno = 0;
        n = strtoll(digits, &end, 10);
    }
    if (end == digits || *end != '\0' || errno != 0 || n < min || n > max) {
        call_fault(call, 400, "参数错误 %s (a whole number from %" PRId64 " to %" PRId64 ")", name,
                   min, max);
        return min;
    }
    return n;
}
