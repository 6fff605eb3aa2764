/* params.c - the parameters of an endpoint: there, and of the right kind, or a fault that names them. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "fcgi-api/endpoints/endpoint.h"
#include "lib/config/number.h"
#include "lib/ids.h"

void
exchange_fault(struct exchange *ex, int code, const char *format, ...)
{
    va_list args;

    if (ex->fault != 0) {
        return; /* the first counts */
    }
    ex->fault = code;
    va_start(args, format);
    vsnprintf(ex->fault_msg, sizeof(ex->fault_msg), format, args);
    va_end(args);
}

struct str
param_text(struct exchange *ex, const char *name)
{
    struct str value = form_get(ex->form, name);

    if (value.p == NULL) {
        exchange_fault(ex, 400, "缺少参数 %s (missing)", name);
        return str_make("", 0);
    }
    return value;
}

struct str
exchange_user(struct exchange *ex)
{
    if (!id_valid(ex->request->user)) {
        exchange_fault(ex, 400, "缺少请求头 userId (header missing or no id)");
        return str_make("", 0);
    }
    return ex->request->user;
}

struct str
param_id(struct exchange *ex, const char *name)
{
    struct str value = param_text(ex, name);

    if (ex->fault == 0 && !id_valid(value)) {
        exchange_fault(
            ex, 400, "参数错误 %s (1 to 128 bytes of UTF-8 without control characters or /)", name);
    }
    return value;
}

int64_t
param_int(struct exchange *ex, const char *name, int64_t min, int64_t max)
{
    struct str value = param_text(ex, name);
    int64_t n = min;

    if (ex->fault == 0 && !number_parse(value, min, max, &n)) {
        exchange_fault(ex, 400, "参数错误 %s (a whole number from %" PRId64 " to %" PRId64 ")",
                       name, min, max);
    }
    return n;
}
