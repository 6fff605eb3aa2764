/* calls.c - each thing that fastim asks of Redis, as a command. */
#include "lib/calls.h"

#include "lib/message.h"
#include "lib/sentinel.h"
#include "lib/value.h"

static void
begin(struct command *c, enum script_id script, int keys)
{
    command_clear(c);
    command_add_str(c, "EVALSHA");
    command_add_str(c, scripts[script].sha1);
    command_add_int(c, keys);
}

static void
add_key(struct command *c, const struct config *config, enum key_kind kind, struct str id)
{
    command_add_key(c, config->redis.prefix, kind, id);
}

static void
add_value(struct command *c, struct str plain)
{
    command_add(c, value_encode(plain));
}

void
call_append(struct command *c, const struct config *config, const struct append_call *call)
{
    begin(c, SCRIPT_APPEND, 4);
    add_key(c, config, KEY_MESSAGES, call->group);
    add_key(c, config, KEY_LAST_TS, call->group);
    add_key(c, config, KEY_APPENDED, call->writer);
    add_key(c, config, KEY_LOGIN, call->user);
    message_add_head(&c->bytes, call->group, call->user, call->info);
    command_end_word(c);
    command_add_str(c, MESSAGE_TAIL);
    add_key(c, config, KEY_CHANNEL, call->group);
    command_add_int(c, config->message.timeout_s);
    command_add_int(c, config->message.max_count);
    command_add_int(c, call->number);
    command_add_int(c, call->not_after);
    add_value(c, call->token);
}

void
call_appended(struct command *c, const struct config *config, struct str writer)
{
    command_clear(c);
    command_add_str(c, "GET");
    add_key(c, config, KEY_APPENDED, writer);
}

void
call_enter(struct command *c, const struct config *config, struct str user, struct str token,
           struct str group)
{
    begin(c, SCRIPT_ENTER, 2);
    add_key(c, config, KEY_LOGIN, user);
    add_key(c, config, KEY_GROUPS, user);
    add_value(c, token);
    command_add_int(c, config->group.auto_join);
    add_value(c, group);
}

void
call_snapshot(struct command *c, const struct config *config, struct str group, int64_t window,
              struct str daemon, int64_t mark)
{
    begin(c, SCRIPT_SNAPSHOT, 1);
    add_key(c, config, KEY_MESSAGES, group);
    command_add_int(c, window);
    add_key(c, config, KEY_MARKS, daemon);
    command_add_int(c, mark);
}

void
call_groups(struct command *c, const struct config *config, struct str user)
{
    command_clear(c);
    command_add_str(c, "SMEMBERS");
    add_key(c, config, KEY_GROUPS, user);
}

void
call_summary_begin(struct command *c, size_t groups)
{
    begin(c, SCRIPT_SUMMARY, (int)groups);
}

void
call_summary_add(struct command *c, const struct config *config, struct str group)
{
    add_key(c, config, KEY_MESSAGES, group);
}

void
call_publish(struct command *c, const struct config *config, struct str daemon, int64_t mark)
{
    command_clear(c);
    command_add_str(c, "PUBLISH");
    add_key(c, config, KEY_MARKS, daemon);
    command_add_int(c, mark);
}

void
call_check_login(struct command *c, const struct config *config, struct str user, struct str token)
{
    begin(c, SCRIPT_CHECK_LOGIN, 1);
    add_key(c, config, KEY_LOGIN, user);
    add_value(c, token);
}

bool
call_auth(struct command *c, const struct config *config)
{
    command_clear(c);
    command_add_str(c, "AUTH");
    command_add_str(c, config->redis.password);
    return *config->redis.password != '\0';
}

bool
call_select(struct command *c, const struct config *config)
{
    command_clear(c);
    command_add_str(c, "SELECT");
    command_add_int(c, config->redis.database);
    return config->redis.database != 0;
}

bool
call_role(struct command *c, const struct config *config)
{
    command_clear(c);
    command_add_str(c, "ROLE");
    return sentinel_is_used(config);
}

void
call_ping(struct command *c)
{
    command_clear(c);
    command_add_str(c, "PING");
}

void
call_load(struct command *c, enum script_id script)
{
    command_clear(c);
    command_add_str(c, "SCRIPT");
    command_add_str(c, "LOAD");
    command_add(c, str_make(scripts[script].body, scripts[script].length));
}

/* The failures that a login goes by are the last keys of each script, limit and window its first arguments. */
static void
begin_login(struct command *c, const struct config *config, enum script_id script, struct str user,
            struct str client)
{
    begin(c, script, 1 + (script == SCRIPT_LOGIN) + (client.len > 0));
    if (script == SCRIPT_LOGIN) {
        add_key(c, config, KEY_LOGIN, user);
    }
    add_key(c, config, KEY_USER_FAILURES, user);
    if (client.len > 0) {
        add_key(c, config, KEY_CLIENT_FAILURES, client);
    }
    command_add_int(c, config->login.method == LOGIN_OPEN ? 0 : config->login.max_failures);
    command_add_int(c, config->login.failure_window_s);
}

void
call_login_wait(struct command *c, const struct config *config, struct str user, struct str client)
{
    begin_login(c, config, SCRIPT_LOGIN_WAIT, user, client);
}

void
call_login_failed(struct command *c, const struct config *config, struct str user,
                  struct str client)
{
    begin_login(c, config, SCRIPT_LOGIN_FAILED, user, client);
}

void
call_login(struct command *c, const struct config *config, struct str user, struct str client,
           struct str token)
{
    begin_login(c, config, SCRIPT_LOGIN, user, client);
    add_value(c, token);
}

void
call_join_group(struct command *c, const struct config *config, struct str user, struct str token,
                struct str group)
{
    begin(c, SCRIPT_JOIN_GROUP, 2);
    add_key(c, config, KEY_LOGIN, user);
    add_key(c, config, KEY_GROUPS, user);
    add_value(c, token);
    add_value(c, group);
}

void
call_list_groups(struct command *c, const struct config *config, struct str user, struct str token)
{
    begin(c, SCRIPT_LIST_GROUPS, 2);
    add_key(c, config, KEY_LOGIN, user);
    add_key(c, config, KEY_GROUPS, user);
    add_value(c, token);
}

/* The beginning of each script that works on a list for a logged-in user. */
static void
begin_on_list(struct command *c, const struct config *config, enum script_id script,
              struct str user, struct str token, struct str group)
{
    begin(c, script, 2);
    add_key(c, config, KEY_LOGIN, user);
    add_key(c, config, KEY_MESSAGES, group);
    add_value(c, token);
}

void
call_list_range(struct command *c, const struct config *config, struct str user, struct str token,
                struct str group, int64_t first, int64_t last, int64_t most)
{
    begin_on_list(c, config, SCRIPT_LIST_RANGE, user, token, group);
    command_add_int(c, first);
    command_add_int(c, last);
    command_add_int(c, most);
}

void
call_list_before(struct command *c, const struct config *config, struct str user, struct str token,
                 struct str group, struct str sender, int64_t ts, int64_t count)
{
    begin_on_list(c, config, SCRIPT_LIST_BEFORE, user, token, group);
    command_add(c, sender);
    command_add_int(c, ts);
    command_add_int(c, count);
}

void
call_recall(struct command *c, const struct config *config, struct str user, struct str token,
            struct str group, int64_t ts)
{
    begin_on_list(c, config, SCRIPT_RECALL, user, token, group);
    command_add(c, user);
    command_add_int(c, ts);
    command_add_int(c, config->message.recall_time_limit_s);
}

bool
call_make_eval(struct command *c)
{
    struct command eval;

    if (c->count < 2 || !str_is(command_word(c, 0), "EVALSHA")) {
        return false;
    }
    for (int i = 0; i < SCRIPT__MAX; i++) {
        if (!str_is(command_word(c, 1), scripts[i].sha1)) {
            continue;
        }
        command_init(&eval);
        command_add_str(&eval, "EVAL");
        command_add(&eval, str_make(scripts[i].body, scripts[i].length));
        command_add_words(&eval, c, 2);
        command_fini(c);
        *c = eval;
        return true;
    }
    return false;
}
