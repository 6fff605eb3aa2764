/* commands_admin.c - what operators and moderators say, take away and look at. */
#include "lib/redis/commands_admin.h"

#include "lib/filter/wordset.h"
#include "lib/redis/action.h"

/* ---- tokens of operators ---- */

static void
admin_begin_failures(struct argv *c, const struct config *config, enum script_id script,
                     struct str client)
{
    cmd_begin(c, config, script, 1);
    cmd_add_key(c, config, KEY_CLIENT_FAILURES, client);
    argv_add_int(c, config->login.max_failures);
    argv_add_int(c, config->login.failure_window_s);
}

void
cmd_admin_wait(struct argv *c, const struct config *config, struct str client)
{
    admin_begin_failures(c, config, SCRIPT_LOGIN_WAIT, client);
}

void
cmd_admin_failed(struct argv *c, const struct config *config, struct str client)
{
    admin_begin_failures(c, config, SCRIPT_LOGIN_FAILED, client);
}

/* ---- what is said ---- */

void
cmd_admin_message(struct argv *c, const struct config *config, struct str group, struct str user,
                  struct str info, struct str id)
{
    struct config open = *config;
    struct cmd_append_args args = {
        .group = group,
        .user = user,
        .info = info,
        .producer = str_make("", 0),
        .deadline_ms = INT64_MAX,
        .id = id,
        .standing = CMD_OPERATOR,
    };

    open.group.members_only = false;
    cmd_append(c, &open, &args);
}

/* ---- on a group's list ---- */

/* The script's own keys are the list and what belongs to it; up to the note. */
static void
admin_begin_on_list(struct argv *c, const struct config *config, enum script_id script,
                    const struct cmd_actor *actor, struct str group)
{
    action_begin(c, config, script, 3, actor, group);
    cmd_add_key(c, config, KEY_MESSAGES, group);
    cmd_add_key(c, config, KEY_LAST_TS, group);
    cmd_add_key(c, config, KEY_EVENT_LOG, group);
    action_add_actor(c, config, actor, group);
}

static void
admin_add_event_place(struct argv *c, const struct config *config, struct str group)
{
    cmd_add_key(c, config, KEY_EVENTS, group);
    argv_add_int(c, config->message.timeout_s);
}

static void
admin_add_notice_rest(struct argv *c, struct str info)
{
    text_add_str(&c->bytes, ",\"info\":");
    text_add_json(&c->bytes, info);
    text_add_str(&c->bytes, "}");
    argv_end_word(c);
}

void
cmd_admin_notice(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                 struct str group, struct str info)
{
    admin_begin_on_list(c, config, SCRIPT_NOTICE, actor, group);
    action_note_begin(c, actor, "notice", group);
    action_note_end(c, config);
    admin_add_event_place(c, config, group);
    admin_add_notice_rest(c, info);
}

/* A prefix, so that a pattern of Redis takes each byte of it as it is. */
static void
admin_add_pattern(struct argv *c, const char *prefix)
{
    for (const char *p = prefix; *p != '\0'; p++) {
        if (strchr("*?[]\\^", *p) != NULL) {
            text_add_str(&c->bytes, "\\");
        }
        text_add(&c->bytes, p, 1);
    }
    argv_end_word(c);
}

void
cmd_admin_notice_all(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                     struct str info, struct str cursor, int64_t since_ms)
{
    cmd_begin(c, config, SCRIPT_NOTICE_ALL, 1);
    cmd_add_key(c, config, KEY_AUDIT, str_make("", 0));
    argv_add_str(c, config->redis.prefix);
    admin_add_pattern(c, config->redis.prefix);
    action_note_begin(c, actor, "notice", str_make("", 0));
    action_note_end(c, config);
    argv_add_int(c, config->message.timeout_s);
    admin_add_notice_rest(c, info);
    argv_add(c, cursor);
    argv_add_int(c, since_ms);
}

void
cmd_admin_recall(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                 struct str group, struct str user, int64_t ts)
{
    admin_begin_on_list(c, config, SCRIPT_RECALL_ANY, actor, group);
    action_note_begin(c, actor, "recall", group);
    action_note_add(c, "userId", user);
    action_note_add_int(c, "ts", ts);
    action_note_end(c, config);
    admin_add_event_place(c, config, group);
    cmd_add_recall_rest(c, user, ts);
    cmd_add_head(c, config, group, user);
    argv_add(c, user);
    argv_add_int(c, ts);
}

/* How fastim begins messages of the group, up to the quote before the user. */
static void
admin_add_group_head(struct argv *c, const struct config *config, struct str group)
{
    size_t from = c->bytes.len;

    text_add_str(&c->bytes, "{\"groupId\":");
    text_add_json(&c->bytes, group);
    text_add_str(&c->bytes, ",\"userId\":\"");
    cmd_end_head(c, config, from);
}

void
cmd_admin_purge(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                struct str group, struct str user, struct str cursor)
{
    admin_begin_on_list(c, config, SCRIPT_PURGE, actor, group);
    action_note_begin(c, actor, "purge", group);
    action_note_add(c, "userId", user);
    action_note_end(c, config);
    admin_add_event_place(c, config, group);
    text_add_str(&c->bytes, ",\"userId\":");
    text_add_json(&c->bytes, user);
    text_add_str(&c->bytes, "}");
    argv_end_word(c);
    admin_add_group_head(c, config, group);
    cmd_add_head(c, config, group, user);
    argv_add(c, user);
    argv_add(c, cursor);
}

void
cmd_admin_clear(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                struct str group)
{
    admin_begin_on_list(c, config, SCRIPT_CLEAR, actor, group);
    action_note_begin(c, actor, "clear", group);
    action_note_end(c, config);
    admin_add_event_place(c, config, group);
}

/* ---- words, members ---- */

void
cmd_admin_words(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                struct str add, struct str remove)
{
    static const char event[] = "{\"do\":\"words\"}";
    const struct str none = str_make("", 0);

    cmd_begin(c, config, SCRIPT_WORDS, 2);
    cmd_add_key(c, config, KEY_WORDS, none);
    cmd_add_far_key(c, config, KEY_AUDIT, none, KEY_WORDS, none);
    argv_add(c, add);
    argv_add(c, remove);
    cmd_add_key(c, config, KEY_EVENTS, none);
    argv_add_str(c, event);
    if (config_is_cluster(&config->redis)) {
        cmd_publish_event(argv_add_step(c, ARGV_AFTER_CHANGE), config, none, str_of(event));
    }
    action_note_begin(c, actor, "words", str_make("", 0));
    action_note_add(c, add.len > 0 ? "add" : "remove", add.len > 0 ? add : remove);
    action_note_end(c, config);
    argv_add_int(c, WORDSET_MAX);
}

static void
admin_set_membership(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                     struct str group, struct str user, bool joins)
{
    cmd_begin(c, config, SCRIPT_MEMBERSHIP, 3);
    cmd_add_key(c, config, KEY_GROUPS, user);
    cmd_add_key(c, config, KEY_READ, user);
    cmd_add_far_key(c, config, KEY_AUDIT, str_make("", 0), KEY_GROUPS, user);
    cmd_add_value(c, config, group);
    argv_add_int(c, joins);
    argv_add_int(c, config->group.max_per_user);
    action_note_begin(c, actor, joins ? "join" : "leave", group);
    action_note_add(c, "userId", user);
    action_note_end(c, config);
    argv_add(c, group);
}

void
cmd_admin_join(struct argv *c, const struct config *config, const struct cmd_actor *actor,
               struct str group, struct str user)
{
    admin_set_membership(c, config, actor, group, user, true);
}

void
cmd_admin_leave(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                struct str group, struct str user)
{
    admin_set_membership(c, config, actor, group, user, false);
}

/* ---- what there is ---- */

void
cmd_admin_log(struct argv *c, const struct config *config, int64_t count)
{
    argv_clear(c);
    argv_add_str(c, "LRANGE");
    cmd_add_key(c, config, KEY_AUDIT, str_make("", 0));
    argv_add_int(c, 0);
    argv_add_int(c, count - 1);
}

void
cmd_admin_online(struct argv *c, const struct config *config, struct str group)
{
    struct config open = *config;

    open.group.members_only = false;
    cmd_online(c, &open, str_make("", 0), str_make("", 0), group);
}

void
cmd_admin_groups(struct argv *c, const struct config *config, int64_t top)
{
    argv_clear(c);
    argv_add_str(c, "ZREVRANGE");
    cmd_add_key(c, config, KEY_TOP, str_make("", 0));
    argv_add_int(c, 0);
    argv_add_int(c, top - 1);
    argv_add_str(c, "WITHSCORES");
}

void
cmd_admin_hosts(struct argv *c, const struct config *config)
{
    const struct str none = str_make("", 0);

    cmd_begin(c, config, SCRIPT_HOSTS, 2);
    cmd_add_key(c, config, KEY_LEASES, none);
    cmd_add_far_key(c, config, KEY_ABOUT, none, KEY_LEASES, none);
}

void
cmd_admin_hosts_begin(struct argv *c, const struct config *config)
{
    argv_clear(c);
    argv_add_str(c, "HMGET");
    cmd_add_key(c, config, KEY_ABOUT, str_make("", 0));
}

void
cmd_admin_hosts_add(struct argv *c, struct str daemon)
{
    argv_add(c, daemon);
}
