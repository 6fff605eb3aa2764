/* mute.c - POST /admin/mute and /admin/unmute: a user may not speak in a group. */
#include "fcgi-api/admin/admin.h"
#include "lib/redis/commands_admin.h"

static void
mute_ask(struct exchange *ex)
{
    struct str group = admin_group(ex);
    struct str user = exchange_id(ex, "userId");
    int64_t seconds = admin_seconds(ex);
    struct cmd_actor actor = admin_actor(ex, group);

    if (ex->fault == 0) {
        cmd_admin_mute(ex->argv, ex->config, &actor, group, user, seconds);
    }
}

static void
unmute_ask(struct exchange *ex)
{
    struct str group = admin_group(ex);
    struct str user = exchange_id(ex, "userId");
    struct cmd_actor actor = admin_actor(ex, group);

    if (ex->fault == 0) {
        cmd_admin_unmute(ex->argv, ex->config, &actor, group, user);
    }
}

const struct endpoint ep_admin_mute = {
    .method = "POST",
    .path = "/admin/mute",
    .whom = FOR_MODERATORS,
    .repeat = STORE_ONCE, /* it would be noted a second time */
    .ask = mute_ask,
    .answer = admin_answer,
};

const struct endpoint ep_admin_unmute = {
    .method = "POST",
    .path = "/admin/unmute",
    .whom = FOR_MODERATORS,
    .repeat = STORE_ONCE, /* a second time it would change nothing */
    .ask = unmute_ask,
    .answer = admin_answer,
};
