/* operator.c - who is an operator: the header adminToken. */
#include "fcgi-api/admin/operator.h"

#include <inttypes.h>
#include <stdio.h>

#include "fcgi-api/http/client_name.h"
#include "lib/config/operators.h"
#include "lib/log.h"
#include "lib/redis/commands_admin.h"

bool
operator_is_possible(const struct config *config, const struct request *request)
{
    return *config->admin.tokens != '\0' || request->operator_name.len > 0;
}

static void
operator_log(const struct exchange *ex, const char *what)
{
    log_warn("%s path=%s client=%s", what, log_quote(ex->request->path).text,
             log_quote(ex->request->client).text);
}

static bool
operator_refuse(struct exchange *ex, const char *what)
{
    operator_log(ex, what);
    response_say(ex->response, CODE_NOT_ALLOWED, "不允许 (not allowed)");
    return false;
}

/* A client that is no address is in no network. */
static bool
operator_is_from(const char *networks, struct str client)
{
    struct address address;

    return *networks == '\0' ||
           (address_parse(&address, str_trim(client)) && address_in_list(&address, networks));
}

bool
operator_may_come(struct exchange *ex)
{
    return operator_is_from(ex->config->admin.addresses, ex->request->client) ||
           operator_refuse(ex, "admin-refused reason=\"wrong address\"");
}

/* Sends ex->argv, whose reply is the seconds to wait. Returns true if it is none; else answers. */
static bool
operator_need_not_wait(struct exchange *ex, enum store_repeat repeat)
{
    const struct reply *reply;
    char msg[100], digits[24];

    if (!exchange_ask(ex, repeat, &reply)) {
        return false;
    }
    if (reply_int(reply) == 0) {
        return true;
    }
    operator_log(ex, "admin-locked");
    snprintf(msg, sizeof(msg), "登录失败次数过多，请 %" PRId64 " 秒后再试", reply_int(reply));
    snprintf(digits, sizeof(digits), "%" PRId64, reply_int(reply));
    response_header(ex->response, "Retry-After", digits);
    response_say(ex->response, CODE_REFUSED, msg);
    return false;
}

/* The wait comes before the token: whoever must wait learns nothing of it. */
bool
operator_enter(struct exchange *ex)
{
    const struct config *config = ex->config;
    char space[ADDRESS_TEXT_SIZE];
    struct str client = client_name(ex->request, space);

    if (!operator_may_come(ex)) {
        return false;
    }
    cmd_admin_wait(ex->argv, config, client);
    if (!operator_need_not_wait(ex, STORE_REPEAT)) {
        return false;
    }
    ex->operator_name = operators_find(config->admin.tokens, ex->request->admin_token);
    if (ex->operator_name.len > 0) {
        return true;
    }
    cmd_admin_failed(ex->argv, config, client);
    return operator_need_not_wait(ex, STORE_ONCE) &&
           operator_refuse(ex, "admin-refused reason=\"wrong token\"");
}
