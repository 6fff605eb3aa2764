/* user_leave_group.c - POST /user/leaveGroup: the user leaves a group. Its connections stay. */
#include "fcgi-api/endpoints/endpoint.h"
#include "lib/redis/commands.h"

static void
leave_group_ask(struct exchange *ex)
{
    struct str user = exchange_user(ex);
    struct str group = exchange_group(ex, CODE_REFUSED);

    if (ex->fault == 0) {
        cmd_leave_group(ex->argv, ex->config, user, ex->token, group);
    }
}

static void
leave_group_answer(struct exchange *ex, const struct reply *reply)
{
    if (reply_int(reply) == 1) {
        response_say(ex->response, CODE_OK, "操作成功");
    } else {
        response_say(ex->response, CODE_REFUSED, "操作失败");
    }
}

const struct endpoint ep_user_leave_group = {
    .method = "POST",
    .path = "/user/leaveGroup",
    .repeat = STORE_ONCE, /* a second time it would be refused */
    .ask = leave_group_ask,
    .answer = leave_group_answer,
};
