/* user_join_group.c - POST /user/joinGroup: the user joins a group. */
#include "fcgi-api/endpoints/endpoint.h"
#include "lib/redis/commands.h"

static void
join_group_ask(struct exchange *ex)
{
    struct str user = exchange_user(ex);
    struct str group = exchange_group(ex, CODE_REFUSED);

    if (ex->fault == 0) {
        cmd_join_group(ex->argv, ex->config, user, ex->token, group);
    }
}

static void
join_group_answer(struct exchange *ex, const struct reply *reply)
{
    if (reply_int(reply) == 1) {
        response_say(ex->response, CODE_OK, "操作成功");
    } else {
        response_say(ex->response, CODE_REFUSED, "操作失败");
    }
}

const struct endpoint ep_user_join_group = {
    .method = "POST",
    .path = "/user/joinGroup",
    .repeat = STORE_ONCE, /* a second time it would be refused */
    .ask = join_group_ask,
    .answer = join_group_answer,
};
