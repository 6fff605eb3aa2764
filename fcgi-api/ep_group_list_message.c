/* ep_group_list_message.c - POST /group/listMessage: messages by position; or, as fast-im documents it
 * under this path, those before a message. */
#include "fcgi-api/endpoint.h"
#include "fcgi-api/history.h"
#include "lib/redis/commands.h"
#include "lib/message.h"

static bool
names_a_message(const struct call *call)
{
    return form_get(call->form, "startPage").p == NULL &&
           form_get(call->form, "endPage").p == NULL &&
           (form_get(call->form, "ts").p != NULL || form_get(call->form, "count").p != NULL);
}

static void
ask(struct call *call)
{
    struct str group;
    int64_t first, last;

    if (names_a_message(call)) {
        history_ask_before(call);
        return;
    }
    group = param_id(call, "groupId");
    first = param_int(call, "startPage", -MESSAGE_TS_MAX, MESSAGE_TS_MAX);
    last = param_int(call, "endPage", -MESSAGE_TS_MAX, MESSAGE_TS_MAX);
    if (call->fault == 0) {
        cmd_list_range(call->argv, call->config, call->request->user, call->token, group, first,
                       last, HISTORY_MAX);
    }
}

static void
answer(struct call *call, const struct reply *reply)
{
    history_answer(call, "操作成功", reply);
}

const struct endpoint ep_group_list_message = {
    .method = "POST",
    .path = "/group/listMessage",
    .ask = ask,
    .answer = answer,
};
