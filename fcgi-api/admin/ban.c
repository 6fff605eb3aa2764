/* ban.c - POST /admin/ban, /admin/unban and /admin/kick: a user or an address may not enter. */
#include "fcgi-api/admin/admin.h"
#include "fcgi-api/admin/steps.h"
#include "lib/redis/commands_admin.h"

struct ban {
    struct cmd_banned whom;
    struct address address;
    struct cmd_actor actor;
    bool purges; /* the user's messages go as well */
};

static void
ban_read_whom(struct exchange *ex, struct ban *b)
{
    bool has_address = admin_has(ex, "address"), has_user = admin_has(ex, "userId");

    if (has_address ? has_user : !has_user && !ex->form->body_ignored) {
        exchange_fault(ex, 400, "参数错误 userId, address (one of them is wanted)");
    } else if (!has_address) {
        b->whom.user = exchange_id(ex, "userId"); /* 415, if only a body that is not read has it */
    } else if (!address_parse(&b->address, exchange_text(ex, "address"))) {
        exchange_fault(ex, 400, "参数错误 address (no IPv4 or IPv6 address)");
    }
    b->whom.client = &b->address;
}

static void
ban_read_purge(struct exchange *ex, struct ban *b)
{
    b->purges = admin_has(ex, "purge") && exchange_int(ex, "purge", 0, 1) == 1;
    if (b->purges && (b->whom.group.len == 0 || b->whom.user.len == 0)) {
        exchange_fault(ex, 400, "参数错误 purge (it wants groupId and userId)");
    }
}

static void
ban_read(struct exchange *ex, struct ban *b)
{
    *b = (struct ban){.whom = {.group = admin_group_or_all(ex), .user = str_make("", 0)}};
    ban_read_whom(ex, b);
    b->actor = admin_actor(ex, b->whom.group);
}

static void
ban_ask(struct exchange *ex)
{
    int64_t seconds;
    struct ban b;

    ban_read(ex, &b);
    seconds = admin_seconds(ex);
    ban_read_purge(ex, &b);
    if (ex->fault == 0) {
        cmd_admin_ban(ex->argv, ex->config, &b.actor, &b.whom, seconds);
    }
}

/* The ban comes first: nothing can follow what is purged. */
static void
ban_purge(struct exchange *ex, const struct ban *b, bool changed)
{
    const struct reply *reply;
    int64_t total;

    cmd_admin_purge(ex->argv, ex->config, &b->actor, b->whom.group, b->whom.user, str_make("", 0));
    if (exchange_ask(ex, STORE_ONCE, &reply)) {
        total = steps_purge(ex, &b->actor, b->whom.group, b->whom.user, reply);
        if (total >= 0) {
            admin_say_number(ex, changed || total > 0, total);
        }
    }
}

static void
ban_answer(struct exchange *ex, const struct reply *reply)
{
    struct ban b;

    ban_read(ex, &b); /* once more: it was right */
    ban_read_purge(ex, &b);
    if (!b.purges || reply_count(reply) > 0) {
        admin_answer(ex, reply);
    } else {
        ban_purge(ex, &b, reply_int(reply) == 1);
    }
}

static void
unban_ask(struct exchange *ex)
{
    struct ban b;

    ban_read(ex, &b);
    if (ex->fault == 0) {
        cmd_admin_unban(ex->argv, ex->config, &b.actor, &b.whom);
    }
}

static void
kick_ask(struct exchange *ex)
{
    struct str group = admin_group_or_all(ex);
    struct str user = exchange_id(ex, "userId");
    struct cmd_actor actor = admin_actor(ex, group);

    if (ex->fault == 0) {
        cmd_admin_kick(ex->argv, ex->config, &actor, group, user);
    }
}

const struct endpoint ep_admin_ban = {
    .method = "POST",
    .path = "/admin/ban",
    .whom = FOR_MODERATORS,
    .repeat = STORE_ONCE, /* it would be noted a second time */
    .ask = ban_ask,
    .answer = ban_answer,
};

const struct endpoint ep_admin_unban = {
    .method = "POST",
    .path = "/admin/unban",
    .whom = FOR_MODERATORS,
    .repeat = STORE_ONCE, /* a second time it would change nothing */
    .ask = unban_ask,
    .answer = admin_answer,
};

const struct endpoint ep_admin_kick = {
    .method = "POST",
    .path = "/admin/kick",
    .whom = FOR_MODERATORS,
    .repeat = STORE_ONCE, /* it would be noted a second time */
    .ask = kick_ask,
    .answer = admin_answer,
};
