/* group_list_message.c - POST /group/listMessage: messages by position; or those before a message,
 * which fast-im documents under this path. */
#include "fcgi-api/endpoints/endpoint.h"
#include "fcgi-api/endpoints/history.h"
#include "lib/redis/commands.h"
#include "lib/message.h"

static bool
list_message_names_one(const struct exchange *ex)
{
    return form_get(ex->form, "startPage").p == NULL && form_get(ex->form, "endPage").p == NULL &&
           (form_get(ex->form, "ts").p != NULL || form_get(ex->form, "count").p != NULL);
}

static void
list_message_ask(struct exchange *ex)
{
    struct str group;
    int64_t first, last;

    if (list_message_names_one(ex)) {
        history_ask_before(ex);
        return;
    }
    group = exchange_group(ex, CODE_REFUSED);
    first = exchange_int(ex, "startPage", -MESSAGE_TS_MAX, MESSAGE_TS_MAX);
    last = exchange_int(ex, "endPage", -MESSAGE_TS_MAX, MESSAGE_TS_MAX);
    if (ex->fault == 0) {
        cmd_list_range(ex->argv, ex->config, ex->request->user, ex->token, group, first, last,
                       HISTORY_MAX);
    }
}

static void
list_message_answer(struct exchange *ex, const struct reply *reply)
{
    if (list_message_names_one(ex)) {
        history_answer_before(ex, "操作成功", reply);
    } else {
        history_answer(ex, "操作成功", HISTORY_OLDEST_FIRST, HISTORY_MAX, reply);
    }
}

const struct endpoint ep_group_list_message = {
    .method = "POST",
    .path = "/group/listMessage",
    .ask = list_message_ask,
    .answer = list_message_answer,
};
