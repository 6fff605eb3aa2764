/* group_list_old_message.c - POST /group/listOldMessage: the messages right before a message. */
#include "fcgi-api/endpoints/endpoint.h"
#include "fcgi-api/endpoints/history.h"

static void
list_old_message_answer(struct exchange *ex, const struct reply *reply)
{
    history_answer_before(ex, "获取成功", reply);
}

const struct endpoint ep_group_list_old_message = {
    .method = "POST",
    .path = "/group/listOldMessage",
    .ask = history_ask_before,
    .answer = list_old_message_answer,
};
