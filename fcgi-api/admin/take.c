/* take.c - POST /admin/recall, /admin/purge and /admin/clear: takes messages of a group away. */
#include "fcgi-api/admin/admin.h"
#include "fcgi-api/admin/steps.h"
#include "lib/message.h"
#include "lib/redis/commands_admin.h"

static void
recall_ask(struct exchange *ex)
{
    struct str group = admin_group(ex);
    struct str user = exchange_id(ex, "userId");
    int64_t ts = exchange_int(ex, "ts", 0, MESSAGE_TS_MAX);
    struct cmd_actor actor = admin_actor(ex, group);

    if (ex->fault == 0) {
        cmd_admin_recall(ex->argv, ex->config, &actor, group, user, ts);
    }
}

static void
recall_answer(struct exchange *ex, const struct reply *reply)
{
    if (reply_int(reply) == CMD_MISSING) {
        response_say(ex->response, CODE_REFUSED, "消息不存在");
    } else {
        admin_answer(ex, reply);
    }
}

struct purge {
    struct str group;
    struct str user;
    struct cmd_actor actor;
};

static void
purge_read(struct exchange *ex, struct purge *p)
{
    p->group = admin_group(ex);
    p->user = exchange_id(ex, "userId");
    p->actor = admin_actor(ex, p->group);
}

static void
purge_ask(struct exchange *ex)
{
    struct purge p;

    purge_read(ex, &p);
    if (ex->fault == 0) {
        cmd_admin_purge(ex->argv, ex->config, &p.actor, p.group, p.user, str_make("", 0));
    }
}

static void
purge_answer(struct exchange *ex, const struct reply *reply)
{
    struct purge p;
    int64_t total;

    purge_read(ex, &p); /* once more: it was right */
    total = steps_purge(ex, &p.actor, p.group, p.user, reply);
    if (total >= 0) {
        admin_say_number(ex, total > 0, total);
    }
}

static void
clear_ask(struct exchange *ex)
{
    struct str group = admin_group(ex);
    struct cmd_actor actor = admin_actor(ex, group);

    if (ex->fault == 0) {
        cmd_admin_clear(ex->argv, ex->config, &actor, group);
    }
}

const struct endpoint ep_admin_recall = {
    .method = "POST",
    .path = "/admin/recall",
    .whom = FOR_MODERATORS,
    .repeat = STORE_ONCE, /* a second time there would be no such message */
    .ask = recall_ask,
    .answer = recall_answer,
};

const struct endpoint ep_admin_purge = {
    .method = "POST",
    .path = "/admin/purge",
    .whom = FOR_MODERATORS,
    .repeat = STORE_ONCE, /* a second time it would find fewer */
    .ask = purge_ask,
    .answer = purge_answer,
};

const struct endpoint ep_admin_clear = {
    .method = "POST",
    .path = "/admin/clear",
    .whom = FOR_MODERATORS,
    .repeat = STORE_ONCE, /* a second time it would change nothing */
    .ask = clear_ask,
    .answer = admin_answer,
};
