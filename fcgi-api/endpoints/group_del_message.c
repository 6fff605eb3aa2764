/* group_del_message.c - POST /group/delMessage: recalls a message of the user's own. */
#include "fcgi-api/endpoints/endpoint.h"
#include "lib/redis/commands.h"
#include "lib/message.h"

static void
recall_ask(struct exchange *ex)
{
    struct str user = exchange_user(ex);
    struct str group = exchange_group(ex, CODE_REFUSED);
    int64_t ts = exchange_int(ex, "ts", 0, MESSAGE_TS_MAX);

    if (ex->fault == 0) {
        cmd_recall(ex->argv, ex->config, user, ex->token, group, ts);
    }
}

static void
recall_answer(struct exchange *ex, const struct reply *reply)
{
    switch (reply_int(reply)) {
    case CMD_TOO_LATE:
        response_say(ex->response, CODE_REFUSED, "无法撤回消息");
        return;
    case CMD_MISSING:
        response_say(ex->response, CODE_REFUSED, "消息不存在");
        return;
    default:
        response_say(ex->response, CODE_OK, "撤回消息成功");
    }
}

const struct endpoint ep_group_del_message = {
    .method = "POST",
    .path = "/group/delMessage",
    .repeat = STORE_ONCE, /* a second time it would be refused */
    .ask = recall_ask,
    .answer = recall_answer,
};
