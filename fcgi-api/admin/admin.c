/* admin.c - what the endpoints of operators and moderators share. */
#include "fcgi-api/admin/admin.h"

#include "lib/redis/commands.h"
#include "lib/rules.h"

/* ---- parameters ---- */

bool
admin_has(const struct exchange *ex, const char *name)
{
    return form_get(ex->form, name).p != NULL;
}

struct str
admin_group(struct exchange *ex)
{
    return exchange_group(ex, CODE_NOT_ALLOWED);
}

struct str
admin_group_or_all(struct exchange *ex)
{
    if (admin_has(ex, "groupId")) {
        return admin_group(ex);
    }
    if (ex->operator_name.len == 0) {
        exchange_fault(ex, CODE_NOT_ALLOWED, "不允许 (not allowed: all groups are for operators)");
    }
    return str_make("", 0);
}

int64_t
admin_seconds(struct exchange *ex)
{
    return admin_has(ex, "seconds") ? exchange_int(ex, "seconds", 0, RULE_SECONDS_MAX) : 0;
}

/* Without an operator there is a user, or that is a fault: an actor with neither would be an
 * operator for Redis. */
struct cmd_actor
admin_actor(struct exchange *ex, struct str group)
{
    struct cmd_actor actor = {.user = str_make("", 0), .token = str_make("", 0)};

    if (ex->operator_name.len > 0) {
        actor.name = ex->operator_name;
        return actor;
    }
    actor.user = exchange_user(ex);
    actor.token = ex->token;
    if (ex->token.len == 0 && ex->claims == NULL) {
        exchange_fault(ex, CODE_NOT_ALLOWED, "不允许 (not allowed)");
    } else {
        actor.standing =
            standing_of(ex->config, ex->claims != NULL,
                        ex->claims != NULL ? jwt_claims_role(ex->claims, group) : JWT_NO_ROLE);
    }
    return actor;
}

/* ---- answers ---- */

bool
admin_is_list(struct exchange *ex, const struct reply *reply, size_t count)
{
    if (reply_count(reply) != count) {
        response_say(ex->response, 500, "服务器错误 (internal error)");
    }
    return reply_count(reply) == count;
}

bool
admin_is_refused(struct exchange *ex, const struct reply *reply)
{
    struct text data;

    if (reply_count(reply) != 3 || reply_int(reply_at(reply, 0)) != CMD_AGAINST_RULES) {
        return false;
    }
    text_init(&data);
    text_add_str(&data, "{\"reason\":");
    text_add_json(&data, reply_text(reply_at(reply, 1)));
    if (reply_int(reply_at(reply, 2)) > 0) {
        text_add_str(&data, ",\"retryAfter\":");
        text_add_int(&data, reply_int(reply_at(reply, 2)));
    }
    text_add_str(&data, "}");
    response_envelope(ex->response, CODE_NOT_ALLOWED, str_of("不允许 (not allowed)"),
                      text_str(&data));
    text_fini(&data);
    return true;
}

void
admin_say_done(struct exchange *ex, bool changed, struct str data)
{
    response_envelope(ex->response, changed ? CODE_OK : CODE_REFUSED,
                      str_of(changed ? "操作成功" : "操作失败"), data);
}

void
admin_say_number(struct exchange *ex, bool changed, int64_t data)
{
    response_say_number(ex->response, changed ? CODE_OK : CODE_REFUSED,
                        changed ? "操作成功" : "操作失败", data);
}

void
admin_answer(struct exchange *ex, const struct reply *reply)
{
    if (!admin_is_refused(ex, reply)) {
        admin_say_done(ex, reply_int(reply) == 1, str_make("", 0));
    }
}
