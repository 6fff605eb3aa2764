/* group_online.c - POST /group/online: how many users are online in a group, and if they are few,
 * who. */
#include "fcgi-api/endpoints/endpoint.h"
#include "lib/redis/commands.h"
#include "lib/redis/event.h"

static void
online_ask(struct exchange *ex)
{
    struct str user = exchange_user(ex);
    struct str group = exchange_group(ex, CODE_REFUSED);

    if (ex->fault == 0) {
        cmd_online(ex->argv, ex->config, user, ex->token, group);
    }
}

static void
online_answer(struct exchange *ex, const struct reply *reply)
{
    const struct reply *ids;
    struct text data;

    if (reply_count(reply) != 3) {
        response_say(ex->response, 500, "服务器错误 (internal error)");
        return;
    }
    ids = reply_at(reply, 1);
    text_init(&data);
    text_add_str(&data, "{");
    event_add_online(&data, reply_int(reply_at(reply, 0)),
                     reply_type(ids) == REPLY_TEXT ? reply_text(ids) : str_make(NULL, 0));
    text_add_str(&data, "}");
    response_envelope(ex->response, CODE_OK, str_of("操作成功"), text_str(&data));
    text_fini(&data);
}

const struct endpoint ep_group_online = {
    .method = "POST",
    .path = "/group/online",
    .ask = online_ask,
    .answer = online_answer,
};
