/* ep_user_login.c - POST /user/login: a new token, for whom login.c lets in. */
#include "fcgi-api/endpoint.h"
#include "fcgi-api/login.h"
#include "lib/calls.h"
#include "lib/token.h"

static void
ask(struct call *call)
{
    struct str user = param_id(call, "userId");
    struct str password = param_text(call, "password");

    if (call->fault != 0) {
        return;
    }
    if (!login_allowed(call->config, user, password, &call->user_info)) {
        call_fault(call, CODE_REFUSED, "登录失败");
        return;
    }
    token_make(call->token);
    call_login(call->command, call->config, user, str_of(call->token));
}

static void
answer(struct call *call, const struct reply *reply)
{
    struct text info;

    (void)reply;
    text_init(&info);
    text_add_json(&info, call->user_info);
    response_envelope(call->response, CODE_OK, str_of(call->token), text_str(&info));
    text_fini(&info);
}

const struct endpoint ep_user_login = {
    .method = "POST",
    .path = "/user/login",
    .open = true,
    .ask = ask,
    .answer = answer,
};
