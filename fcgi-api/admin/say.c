/* say.c - POST /admin/message and /admin/notice: a message of any user; a word to all clients. */
#include "fcgi-api/admin/admin.h"
#include "fcgi-api/admin/steps.h"
#include "lib/redis/commands_admin.h"

/* ---- messages ---- */

static void
message_ask(struct exchange *ex)
{
    struct str group = admin_group(ex);
    struct str user = exchange_id(ex, "userId");
    struct str info = exchange_info(ex);
    struct str id = exchange_send_id(ex);

    if (ex->fault == 0) {
        cmd_admin_message(ex->argv, ex->config, group, user, info, id);
    }
}

/* A list: the id is known, and this is the ts of its first send. */
static void
message_answer(struct exchange *ex, const struct reply *reply)
{
    int64_t ts = reply_count(reply) == 2 ? reply_int(reply_at(reply, 1)) : reply_int(reply);

    if (ts > 0) {
        response_say_number(ex->response, CODE_OK, "操作成功", ts);
    } else {
        response_say(ex->response, 500, "服务器错误 (internal error)");
    }
}

/* ---- notices ---- */

struct notice {
    struct str group; /* empty: all of them */
    struct str info;
    struct cmd_actor actor;
};

static void
notice_read(struct exchange *ex, struct notice *n)
{
    n->group = admin_group_or_all(ex);
    if (n->group.len == 0 && config_is_cluster(&ex->config->redis)) {
        exchange_fault(ex, 400, "参数错误 groupId (on a Redis Cluster a notice is for one group)");
    }
    n->info = exchange_info(ex);
    n->actor = admin_actor(ex, n->group);
}

static void
notice_ask(struct exchange *ex)
{
    struct notice n;

    notice_read(ex, &n);
    if (ex->fault != 0) {
        return;
    }
    if (n.group.len > 0) {
        cmd_admin_notice(ex->argv, ex->config, &n.actor, n.group, n.info);
    } else {
        cmd_admin_notice_all(ex->argv, ex->config, &n.actor, n.info, str_of("0"), 0);
    }
}

/* Goes on until all groups are told. */
static void
notice_tell_all(struct exchange *ex, const struct notice *n, const struct reply *reply)
{
    int64_t begun_ms = steps_begin(ex), told = 0;

    while (admin_is_list(ex, reply, 3)) {
        struct str cursor = reply_text(reply_at(reply, 0));

        told += reply_int(reply_at(reply, 1));
        if (cursor.len == 0 || str_is(cursor, "0")) {
            admin_say_number(ex, told > 0, told);
            return;
        }
        if (steps_are_over(begun_ms)) {
            steps_say_cut_at(ex, told);
            return;
        }
        cmd_admin_notice_all(ex->argv, ex->config, &n->actor, n->info, cursor,
                             reply_int(reply_at(reply, 2)));
        if (!exchange_ask(ex, STORE_REPEAT, &reply)) { /* no group is told a second time */
            return;
        }
    }
}

static void
notice_answer(struct exchange *ex, const struct reply *reply)
{
    struct notice n;

    notice_read(ex, &n); /* once more: it was right */
    if (n.group.len > 0) {
        admin_answer(ex, reply);
    } else {
        notice_tell_all(ex, &n, reply);
    }
}

const struct endpoint ep_admin_message = {
    .method = "POST",
    .path = "/admin/message",
    .whom = FOR_OPERATORS,
    .repeat = STORE_ONCE, /* without an id it would be stored a second time */
    .ask = message_ask,
    .answer = message_answer,
};

const struct endpoint ep_admin_notice = {
    .method = "POST",
    .path = "/admin/notice",
    .whom = FOR_MODERATORS,
    .repeat = STORE_ONCE, /* it would be said a second time */
    .ask = notice_ask,
    .answer = notice_answer,
};
