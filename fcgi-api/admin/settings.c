/* settings.c - POST /admin/settings: slow, quiet, cap, pinned and attr.NAME of a group. */
#include <inttypes.h>

#include "fcgi-api/admin/admin.h"
#include "lib/config/number.h"
#include "lib/redis/commands_admin.h"
#include "lib/rules.h"

/* The settings of a request, each once, and their values as Redis is to have them. */
struct changes {
    struct str keys[FORM_FIELDS_MAX];
    struct str values[FORM_FIELDS_MAX];
    size_t count;
};

static bool
settings_is_number(struct str value, int64_t most)
{
    int64_t n;

    return number_parse(value, 0, most, &n);
}

static bool
settings_is_attr(struct str key)
{
    return key.len >= 5 && memcmp(key.p, "attr.", 5) == 0;
}

static bool
settings_is_attr_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-')) {
            return false;
        }
    }
    return name.len > 0 && name.len <= RULE_ATTR_NAME_MAX_BYTES;
}

/* As JSON has it, or a form. */
static struct str
settings_quiet(struct exchange *ex, struct str value)
{
    if (str_is(value, "1") || str_is(value, "true")) {
        return str_of("1");
    }
    if (!str_is(value, "0") && !str_is(value, "false")) {
        exchange_fault(ex, 400, "参数错误 quiet (0 or 1)");
    }
    return str_of("0");
}

/* The value as Redis is to have it; an empty one is as if it had never been set. */
static struct str
settings_value(struct exchange *ex, struct str key, struct str value)
{
    if (settings_is_attr(key) && !settings_is_attr_name(str_make(key.p + 5, key.len - 5))) {
        exchange_fault(ex, 400, "参数错误 attr.NAME (1 to %d of A-Z a-z 0-9 _ -)",
                       RULE_ATTR_NAME_MAX_BYTES);
    } else if (value.len == 0 || settings_is_attr(key)) {
        return value;
    } else if (str_is(key, "quiet")) {
        return settings_quiet(ex, value);
    } else if (str_is(key, "slow") && !settings_is_number(value, RULE_SLOW_MAX_S)) {
        exchange_fault(ex, 400, "参数错误 slow (a whole number from 0 to %d)", RULE_SLOW_MAX_S);
    } else if (str_is(key, "cap") && !settings_is_number(value, RULE_CAP_MAX)) {
        exchange_fault(ex, 400, "参数错误 cap (a whole number from 0 to %d)", RULE_CAP_MAX);
    } else if (str_is(key, "pinned") && value.len > RULE_PINNED_MAX_BYTES) {
        exchange_fault(ex, 400, "参数错误 pinned (over %d bytes)", RULE_PINNED_MAX_BYTES);
    }
    return value;
}

static bool
settings_is_key(struct str key)
{
    return str_is(key, "slow") || str_is(key, "quiet") || str_is(key, "cap") ||
           str_is(key, "pinned") || settings_is_attr(key);
}

/* If a parameter is given twice, the first one counts. */
static bool
settings_is_first(const struct form *form, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (str_equal(form->fields[k].name, form->fields[i].name)) {
            return false;
        }
    }
    return true;
}

/* What is no setting is a slip of who typed it: nothing is set then. */
static void
settings_read(struct exchange *ex, struct changes *c)
{
    const struct form *form = ex->form;

    c->count = 0;
    for (size_t i = 0; i < form->count; i++) {
        struct str key = form->fields[i].name;

        if (!settings_is_key(key) && !str_is(key, "groupId")) {
            exchange_fault(ex, 400, "参数错误 %.*s (slow, quiet, cap, pinned or attr.NAME)",
                           (int)(key.len <= RULE_ATTR_NAME_MAX_BYTES ? key.len : 0), key.p);
        } else if (settings_is_key(key) && settings_is_first(form, i)) {
            c->keys[c->count] = key;
            c->values[c->count++] = settings_value(ex, key, form->fields[i].value);
        }
    }
}

static void
settings_ask(struct exchange *ex)
{
    struct str group = admin_group(ex);
    struct cmd_actor actor = admin_actor(ex, group);
    struct changes changes;

    settings_read(ex, &changes);
    if (ex->fault == 0) {
        cmd_admin_settings_begin(ex->argv, ex->config, &actor, group, changes.keys, changes.count);
        for (size_t i = 0; i < changes.count; i++) {
            cmd_admin_settings_add(ex->argv, changes.keys[i], changes.values[i]);
        }
    }
}

static void
settings_answer(struct exchange *ex, const struct reply *reply)
{
    if (reply_int(reply) == CMD_TOO_MANY) {
        response_say(ex->response, 400, "参数错误 attr (over 32 of them, or over 8 KiB together)");
    } else if (!admin_is_refused(ex, reply) && admin_is_list(ex, reply, 2)) {
        admin_say_done(ex, reply_int(reply_at(reply, 0)) == 1, reply_text(reply_at(reply, 1)));
    }
}

const struct endpoint ep_admin_settings = {
    .method = "POST",
    .path = "/admin/settings",
    .whom = FOR_MODERATORS,
    .repeat = STORE_ONCE, /* a second time it would change nothing */
    .ask = settings_ask,
    .answer = settings_answer,
};
