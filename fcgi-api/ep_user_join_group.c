/* ep_user_join_group.c - POST /user/joinGroup: the user joins a group. */
#include "fcgi-api/endpoint.h"
#include "lib/redis/commands.h"

static void
ask(struct call *call)
{
    struct str user = call_user(call);
    struct str group = param_id(call, "groupId");

    if (call->fault == 0) {
        cmd_join_group(call->argv, call->config, user, call->token, group);
    }
}

static void
answer(struct call *call, const struct reply *reply)
{
    if (reply_int(reply) == 1) {
        response_say(call->response, CODE_OK, "操作成功");
    } else {
        response_say(call->response, CODE_REFUSED, "操作失败");
    }
}

const struct endpoint ep_user_join_group = {
    .method = "POST",
    .path = "/user/joinGroup",
    .repeat = STORE_ONCE, /* the second time it is refused */
    .ask = ask,
    .answer = answer,
};
