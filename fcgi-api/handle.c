/* handle.c - a request becomes a response.
 *
 * The order of the checks is the contract's: path, method, login, body, parameters. The login check is
 * part of each endpoint's one command; only where there is something wrong with body or parameters
 * is it asked for alone, as who is not logged in is told that first. */
#include "fcgi-api/handle.h"

#include <stdio.h>

#include "fcgi-api/cors.h"
#include "fcgi-api/endpoint.h"
#include "fcgi-api/router.h"
#include "lib/calls.h"
#include "lib/ids.h"

static void
say_not_logged_in(struct response *r)
{
    response_say(r, CODE_NOT_LOGGED_IN, "请登录后访问");
}

static void
say_store_result(struct response *r, enum store_result result)
{
    if (result == STORE_UNREACHABLE) {
        response_say(r, 503, "服务暂不可用 (Redis cannot be reached, try again)");
    } else {
        response_say(r, 500, "服务器错误 (internal error)");
    }
}

static void
note_form_fault(struct call *call, enum form_result result)
{
    switch (result) {
    case FORM_TOO_LARGE:
        call_fault(call, 413, "请求体过大 (body over %d bytes)", BODY_MAX_BYTES);
        return;
    case FORM_UNSUPPORTED:
        call_fault(call, 415,
                   "不支持的类型 (multipart/form-data or application/x-www-form-urlencoded)");
        return;
    case FORM_MALFORMED:
        call_fault(call, 400, "请求格式错误 (body or query is malformed)");
        return;
    case FORM_OK:
    case FORM_RESULT__MAX:
        return;
    }
}

/* Something is wrong with the request: says so to who is logged in. */
static void
say_fault(struct call *call, struct store *store, const struct endpoint *endpoint)
{
    const struct reply *reply;
    enum store_result result;

    if (endpoint->open) {
        response_say(call->response, call->fault, call->fault_msg);
        return;
    }
    call_check_login(call->command, call->config, call->request->user, call->request->token);
    result = store_ask(store, call->command, STORE_REPEAT, &reply);
    if (result != STORE_OK) {
        say_store_result(call->response, result);
    } else if (reply_int(reply) == CALL_NOT_LOGGED_IN) {
        say_not_logged_in(call->response);
    } else {
        response_say(call->response, call->fault, call->fault_msg);
    }
}

static void
carry_out(struct call *call, struct store *store, const struct endpoint *endpoint)
{
    const struct reply *reply = NULL;
    enum store_result result = STORE_OK;

    if (call->fault == 0 && endpoint->ask != NULL) {
        endpoint->ask(call);
    }
    if (call->fault != 0) {
        say_fault(call, store, endpoint);
        return;
    }
    if (endpoint->ask != NULL) {
        result = store_ask(store, call->command, endpoint->repeat, &reply);
    }
    if (result != STORE_OK) {
        say_store_result(call->response, result);
    } else if (!endpoint->open && reply_int(reply) == CALL_NOT_LOGGED_IN) {
        say_not_logged_in(call->response);
    } else {
        endpoint->answer(call, reply);
    }
}

static void
run_endpoint(const struct config *config, struct store *store, const struct request *request,
             const struct endpoint *endpoint, struct response *response)
{
    struct command command;
    struct form form;
    struct call call = {
        .config = config,
        .request = request,
        .form = &form,
        .command = &command,
        .response = response,
    };

    if (!endpoint->open && (!id_valid(request->user) || request->token.len == 0)) {
        say_not_logged_in(response);
        return;
    }
    command_init(&command);
    note_form_fault(&call, form_read(&form, request));
    carry_out(&call, store, endpoint);
    form_fini(&form);
    command_fini(&command);
}

void
handle(const struct config *config, struct store *store, const struct request *request,
       struct response *response)
{
    const struct endpoint *endpoint;
    int refusal = router_find(endpoint_table, request->method, request->path, &endpoint);

    cors_add(response, config->http.origins, request->origin,
             refusal == 204 ? router_allow(endpoint) : NULL);
    switch (refusal) {
    case 204:
        response->status = 204;
        response_header(response, "Allow", router_allow(endpoint));
        return;
    case 404:
        response_say(response, 404, "路径不存在 (no such path)");
        return;
    case 405:
        response_header(response, "Allow", router_allow(endpoint));
        response_say(response, 405, "方法不允许 (wrong method)");
        return;
    default:
        run_endpoint(config, store, request, endpoint, response);
    }
}
