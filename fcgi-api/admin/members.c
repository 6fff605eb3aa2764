/* members.c - POST /admin/join, /admin/leave and /admin/role: who is in a group, and as what. */
#include "fcgi-api/admin/admin.h"
#include "lib/redis/commands_admin.h"

static void
member_ask(struct exchange *ex, void (*build)(struct argv *, const struct config *,
                                              const struct cmd_actor *, struct str, struct str))
{
    struct str group = admin_group(ex);
    struct str user = exchange_id(ex, "userId");
    struct cmd_actor actor = admin_actor(ex, group);

    if (ex->fault == 0) {
        build(ex->argv, ex->config, &actor, group, user);
    }
}

static void
join_ask(struct exchange *ex)
{
    member_ask(ex, cmd_admin_join);
}

static void
leave_ask(struct exchange *ex)
{
    member_ask(ex, cmd_admin_leave);
}

static void
role_ask(struct exchange *ex)
{
    struct str group = admin_group(ex);
    struct str user = exchange_id(ex, "userId");
    struct str role = exchange_text(ex, "role");
    struct cmd_actor actor = admin_actor(ex, group);

    if (ex->fault == 0 && role.len > 0 && !str_is(role, "mod") && !str_is(role, "vip")) {
        exchange_fault(ex, 400, "参数错误 role (mod, vip or empty)");
    }
    if (ex->fault == 0) {
        cmd_admin_role(ex->argv, ex->config, &actor, group, user, role);
    }
}

const struct endpoint ep_admin_join = {
    .method = "POST",
    .path = "/admin/join",
    .whom = FOR_OPERATORS,
    .repeat = STORE_ONCE, /* a second time it would change nothing */
    .ask = join_ask,
    .answer = admin_answer,
};

const struct endpoint ep_admin_leave = {
    .method = "POST",
    .path = "/admin/leave",
    .whom = FOR_OPERATORS,
    .repeat = STORE_ONCE, /* likewise */
    .ask = leave_ask,
    .answer = admin_answer,
};

const struct endpoint ep_admin_role = {
    .method = "POST",
    .path = "/admin/role",
    .whom = FOR_OPERATORS,
    .repeat = STORE_ONCE, /* likewise */
    .ask = role_ask,
    .answer = admin_answer,
};
