/* user_read.c - POST /user/read: up to where the user has read a group. */
#include "fcgi-api/endpoints/endpoint.h"
#include "lib/message.h"
#include "lib/redis/commands.h"

static void
read_ask(struct exchange *ex)
{
    struct str user = exchange_user(ex);
    struct str group = exchange_group(ex, CODE_REFUSED);
    int64_t ts = exchange_int(ex, "ts", 0, MESSAGE_TS_MAX);

    if (ex->fault == 0) {
        cmd_read(ex->argv, ex->config, user, ex->token, group, ts);
    }
}

static void
read_answer(struct exchange *ex, const struct reply *reply)
{
    if (reply_int(reply) == 1) {
        response_say(ex->response, CODE_OK, "操作成功");
    } else {
        response_say(ex->response, CODE_REFUSED, "操作失败");
    }
}

const struct endpoint ep_user_read = {
    .method = "POST",
    .path = "/user/read",
    .ask = read_ask,
    .answer = read_answer,
};
