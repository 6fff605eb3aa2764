/* user_logout.c - POST /user/logout: the user's login ends, and the connections that it opened. */
#include "fcgi-api/endpoints/endpoint.h"
#include "lib/redis/commands.h"

static void
logout_ask(struct exchange *ex)
{
    struct str user = exchange_user(ex);

    if (ex->fault == 0) {
        cmd_logout(ex->argv, ex->config, user, ex->token);
    }
}

static void
logout_answer(struct exchange *ex, const struct reply *reply)
{
    (void)reply;
    response_say(ex->response, CODE_OK, "操作成功");
}

const struct endpoint ep_user_logout = {
    .method = "POST",
    .path = "/user/logout",
    .repeat = STORE_ONCE, /* a second time nobody would be logged in */
    .ask = logout_ask,
    .answer = logout_answer,
};
