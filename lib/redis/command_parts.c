/* command_parts.c - what commands of scripts are built of. */
#include "lib/redis/command_parts.h"

#include "lib/encoding/value.h"
#include "lib/message.h"

const char *
cmd_standing_word(enum cmd_standing standing)
{
    static const char *const words[CMD_STANDING__MAX] = {
        [CMD_UNVERIFIED] = "0", [CMD_VERIFIED] = "1",        [CMD_JWT_MOD] = "mod",
        [CMD_JWT_VIP] = "vip",  [CMD_OPERATOR] = "operator",
    };

    return words[standing];
}

void
cmd_add_room_defaults(struct argv *c, const struct config *config)
{
    argv_add_int(c, config->room.slow);
    argv_add_int(c, config->room.cap);
}

bool
cmd_begin_admission(struct argv *c, const struct config *config, struct str user, struct str token,
                    struct str group)
{
    bool is_for_members = group.len > 0;

    if (!config_is_cluster(&config->redis) || (token.len == 0 && !is_for_members)) {
        return false;
    }
    cmd_begin(c, config, SCRIPT_ADMIT, 1 + is_for_members);
    cmd_add_key(c, config, KEY_LOGIN, user);
    if (is_for_members) {
        cmd_add_key(c, config, KEY_GROUPS, user);
    }
    cmd_add_value(c, config, token);
    if (is_for_members) {
        cmd_add_value(c, config, group);
    }
    return true;
}

void
cmd_add_admission_step(struct argv *c, const struct config *config, struct str user,
                       struct str token, struct str group)
{
    if (config_is_cluster(&config->redis) && (token.len > 0 || group.len > 0)) {
        (void)cmd_begin_admission(argv_add_step(c, ARGV_BEFORE), config, user, token, group);
    }
}

struct str
cmd_members_group(const struct config *config, struct str group)
{
    return config->group.members_only ? group : str_make("", 0);
}

void
cmd_check_user_first(struct argv *c, const struct config *config, struct str user, struct str token,
                     struct str group)
{
    cmd_add_admission_step(c, config, user, token, cmd_members_group(config, group));
}

void
cmd_add_ban_step(struct argv *c, const struct config *config, enum argv_when when, struct str user,
                 struct str address)
{
    struct argv *step;

    if (config_is_cluster(&config->redis)) {
        step = argv_add_step(c, when);
        cmd_begin(step, config, SCRIPT_BANNED, 1);
        cmd_add_key(step, config, KEY_RULES, str_make("", 0));
        argv_add(step, user);
        argv_add(step, address);
    }
}

void
cmd_add_wrapped(struct argv *c, struct str plain)
{
    if (plain.len > 0) {
        value_encode(&c->bytes, plain);
    }
    argv_end_word(c);
}

void
cmd_end_head(struct argv *c, const struct config *config, size_t from)
{
    struct text plain;

    if (config->redis.encoding == ENCODING_JAVA) {
        text_init(&plain);
        text_add(&plain, c->bytes.bytes + from, c->bytes.len - from);
        c->bytes.len = from;
        text_add_str(&c->bytes, "\"");
        value_encode_part(&c->bytes, text_str(&plain));
        text_fini(&plain);
    }
    argv_end_word(c);
}

void
cmd_add_head(struct argv *c, const struct config *config, struct str group, struct str sender)
{
    static const char rest[] = "\",\"ts\":";
    size_t from = c->bytes.len;

    message_add_head(&c->bytes, group, sender, str_make("", 0));
    c->bytes.len -= sizeof(rest) - 1;
    cmd_end_head(c, config, from);
}

void
cmd_add_recall_rest(struct argv *c, struct str user, int64_t ts)
{
    text_add_str(&c->bytes, ",\"userId\":");
    text_add_json(&c->bytes, user);
    text_add_str(&c->bytes, ",\"ts\":");
    text_add_int(&c->bytes, ts);
    text_add_str(&c->bytes, "}");
    argv_end_word(c);
}
