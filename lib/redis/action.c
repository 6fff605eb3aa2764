/* action.c - what commands of operators and moderators are built of. */
#include "lib/redis/action.h"

void
action_begin(struct argv *c, const struct config *config, enum script_id script, int keys,
             const struct cmd_actor *actor, struct str group)
{
    cmd_begin(c, config, script, 4 + keys);
    cmd_add_far_key(c, config, KEY_LOGIN, actor->user, KEY_RULES, group);
    cmd_add_key(c, config, KEY_RULES, group);
    cmd_add_far_key(c, config, KEY_RULES, str_make("", 0), KEY_RULES, group);
    cmd_add_far_key(c, config, KEY_AUDIT, str_make("", 0), KEY_RULES, group);
}

/* Nobody is a moderator of all groups. */
void
action_add_actor(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                 struct str group)
{
    struct str token = actor->user.len > 0 ? actor->token : str_make("", 0);

    cmd_add_login_token(c, config, token);
    argv_add(c, actor->user);
    argv_add_str(c, cmd_standing_word(group.len > 0 ? actor->standing : CMD_UNVERIFIED));
    cmd_check_user_first(c, config, actor->user, token, str_make("", 0));
    if (actor->user.len > 0) {
        cmd_add_ban_step(c, config, ARGV_BEFORE, actor->user, str_make("", 0));
    }
}

void
action_note_add(struct argv *c, const char *key, struct str value)
{
    text_add_str(&c->bytes, ",\"");
    text_add_str(&c->bytes, key);
    text_add_str(&c->bytes, "\":");
    text_add_json(&c->bytes, value);
}

void
action_note_add_int(struct argv *c, const char *key, int64_t value)
{
    text_add_str(&c->bytes, ",\"");
    text_add_str(&c->bytes, key);
    text_add_str(&c->bytes, "\":");
    text_add_int(&c->bytes, value);
}

void
action_note_begin(struct argv *c, const struct cmd_actor *actor, const char *what, struct str group)
{
    bool is_mod = actor->user.len > 0;

    text_add_str(&c->bytes, "\"who\":");
    text_add_json(&c->bytes, is_mod ? actor->user : actor->name);
    action_note_add(c, "as", str_of(is_mod ? "mod" : "operator"));
    action_note_add(c, "what", str_of(what));
    if (group.len > 0) {
        action_note_add(c, "groupId", group);
    }
}

void
action_add_note_step(struct argv *c, const struct config *config, enum argv_when when)
{
    struct argv *step;

    if (config_is_cluster(&config->redis)) {
        step = argv_add_step(c, when);
        cmd_begin(step, config, SCRIPT_NOTE, 1);
        cmd_add_key(step, config, KEY_AUDIT, str_make("", 0));
        argv_add(step, argv_word(c, c->count - 1));
    }
}

void
action_note_end(struct argv *c, const struct config *config)
{
    text_add_str(&c->bytes, "}");
    argv_end_word(c);
    action_add_note_step(c, config, ARGV_AFTER_CHANGE);
}
