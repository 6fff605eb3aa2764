/* exchange.c - one request on its way to its response. */
#include "fcgi-api/exchange.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/config/number.h"
#include "lib/ids.h"
#include "lib/redis/commands.h"

void
exchange_fault(struct exchange *ex, int code, const char *format, ...)
{
    va_list args;

    if (ex->fault != 0) {
        return;
    }
    ex->fault = code;
    va_start(args, format);
    vsnprintf(ex->fault_msg, sizeof(ex->fault_msg), format, args);
    va_end(args);
}

void
exchange_refuse(struct exchange *ex, const char *reason)
{
    if (ex->fault == 0) {
        exchange_fault(ex, CODE_REFUSED, "%s", reason);
        ex->reason = reason;
    }
}

void
exchange_say_fault(struct exchange *ex)
{
    struct text data;

    text_init(&data);
    if (ex->reason != NULL) {
        text_add_str(&data, "{\"reason\":");
        text_add_json(&data, str_of(ex->reason));
        text_add_str(&data, "}");
    }
    response_envelope(ex->response, ex->fault, str_of(ex->fault_msg), text_str(&data));
    text_fini(&data);
}

/* ---- parameters ---- */

struct str
exchange_text(struct exchange *ex, const char *name)
{
    struct str value = form_get(ex->form, name);

    if (value.p == NULL && ex->form->body_ignored) {
        ex->fault = 0; /* the type of a body comes before what is wrong with parameters */
        exchange_fault(
            ex, 415,
            "不支持的类型 (%s is not in the query, and the body is not application/json, "
            "multipart/form-data or application/x-www-form-urlencoded)",
            name);
        return str_make("", 0);
    }
    if (value.p == NULL) {
        exchange_fault(ex, 400, "缺少参数 %s (missing)", name);
        return str_make("", 0);
    }
    return value;
}

struct str
exchange_id(struct exchange *ex, const char *name)
{
    struct str value = exchange_text(ex, name);

    if (ex->fault == 0 && !id_valid(value)) {
        exchange_fault(
            ex, 400,
            "参数错误 %s (1 to 128 bytes of UTF-8 without control characters, / or outer spaces)",
            name);
    }
    return value;
}

struct str
exchange_info(struct exchange *ex)
{
    struct str info = exchange_text(ex, "info");
    int64_t most = ex->config->message.max_message_bytes;

    if (ex->fault == 0 && info.len == 0) {
        exchange_fault(ex, 400, "参数错误 info (empty)");
    } else if ((int64_t)info.len > most) {
        exchange_fault(ex, 413, "参数过大 info (over %" PRId64 " bytes)", most);
    }
    return info;
}

struct str
exchange_send_id(struct exchange *ex)
{
    struct str id = form_get(ex->form, "id");

    if (id.p != NULL && !id_valid_send(id)) {
        exchange_fault(ex, 400, "参数错误 id (1 to %d of A-Z a-z 0-9 . _ ~ -)", ID_SEND_MAX_BYTES);
    }
    return id;
}

bool
exchange_may_use(const struct exchange *ex, struct str group)
{
    return ex->claims == NULL || jwt_claims_allow(ex->claims, group);
}

struct str
exchange_group(struct exchange *ex, int code)
{
    struct str group = exchange_id(ex, "groupId");

    if (ex->fault == 0 && !exchange_may_use(ex, group)) {
        exchange_fault(ex, code, "令牌不适用于该群组 (the token is not for this group)");
    }
    return group;
}

int64_t
exchange_int(struct exchange *ex, const char *name, int64_t min, int64_t max)
{
    struct str value = exchange_text(ex, name);
    int64_t n = min;

    if (ex->fault == 0 && !number_parse(value, min, max, &n)) {
        exchange_fault(ex, 400, "参数错误 %s (a whole number from %" PRId64 " to %" PRId64 ")",
                       name, min, max);
    }
    return n;
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

/* ---- Redis ---- */

bool
exchange_ask(struct exchange *ex, enum store_repeat repeat, const struct reply **reply)
{
    switch (store_ask(ex->store, ex->argv, repeat, reply)) {
    case STORE_OK:
        return true;
    case STORE_UNREACHABLE:
        response_say(ex->response, 503, "服务暂不可用 (Redis cannot be reached, try again)");
        return false;
    case STORE_FAULT:
    case STORE_RESULT__MAX:
        break;
    }
    response_say(ex->response, 500, "服务器错误 (internal error)");
    return false;
}

bool
exchange_is_ordinary(struct exchange *ex, struct str group, enum cmd_standing standing)
{
    const struct reply *reply;

    if (standing != CMD_VERIFIED) {
        return standing == CMD_UNVERIFIED;
    }
    cmd_role_of(ex->argv, ex->config, group, ex->request->user);
    if (store_ask(ex->store, ex->argv, STORE_REPEAT, &reply) != STORE_OK) {
        exchange_fault(ex, 503, "服务暂不可用 (Redis cannot be reached, try again)");
        return true;
    }
    return !str_is(reply_text(reply), "mod") && !str_is(reply_text(reply), "vip");
}
