/* commands.c - everything that fastim asks of Redis, as commands. */
#include "lib/redis/commands.h"

#include "lib/message.h"
#include "lib/redis/command_parts.h"

static void
cmd_add_pair_key(struct argv *c, const struct config *config, enum key_kind kind, struct str first,
                 struct str second)
{
    key_add_pair(&c->bytes, config->redis.prefix, kind, first, second);
    argv_end_word(c);
}

void
cmd_append(struct argv *c, const struct config *config, const struct cmd_append_args *args)
{
    size_t from;

    cmd_begin(c, config, SCRIPT_APPEND, 9 + config->group.members_only);
    cmd_add_key(c, config, KEY_MESSAGES, args->group);
    cmd_add_key(c, config, KEY_LAST_TS, args->group);
    cmd_add_key(c, config, KEY_APPENDED, args->producer);
    cmd_add_key(c, config, KEY_REFUSALS, args->producer);
    cmd_add_key(c, config, KEY_LOGIN, args->user);
    cmd_add_key(c, config, KEY_RULES, args->group);
    cmd_add_key(c, config, KEY_RULES, str_make("", 0));
    cmd_add_pair_key(c, config, KEY_SENT, args->group, args->user);
    cmd_add_key(c, config, KEY_CAP, args->group);
    cmd_add_member_key(c, config, args->user);
    from = c->bytes.len;
    message_add_head(&c->bytes, args->group, args->user, args->info);
    cmd_end_head(c, config, from);
    argv_add_str(c, config->redis.encoding == ENCODING_JAVA ? MESSAGE_TAIL "\"" : MESSAGE_TAIL);
    cmd_add_key(c, config, KEY_CHANNEL, args->group);
    argv_add_int(c, config->message.timeout_s);
    argv_add_int(c, config->message.max_count);
    argv_add_int(c, args->seq);
    argv_add_int(c, args->deadline_ms);
    cmd_add_value(c, config, args->token);
    argv_add(c, args->id);
    argv_add(c, args->user);
    argv_add_str(c, cmd_standing_word(args->standing));
    cmd_add_room_defaults(c, config);
    cmd_add_member_group(c, config, args->group);
}

void
cmd_appended(struct argv *c, const struct config *config, struct str producer)
{
    argv_clear(c);
    argv_add_str(c, "GET");
    cmd_add_key(c, config, KEY_APPENDED, producer);
}

void
cmd_refused(struct argv *c, const struct config *config, struct str producer, int64_t most)
{
    argv_clear(c);
    argv_add_str(c, "LRANGE");
    cmd_add_key(c, config, KEY_REFUSALS, producer);
    argv_add_int(c, -most);
    argv_add_int(c, -1);
}

static const char *
cmd_stranger_word(const struct config *config, enum cmd_enter_kind kind)
{
    if (config->group.members_only) {
        return "0";
    }
    if (kind == CMD_STAY) {
        return "-";
    }
    return config->group.auto_join ? "1" : "0";
}

void
cmd_enter(struct argv *c, const struct config *config, const struct cmd_enter_args *args)
{
    char address[ADDRESS_TEXT_SIZE] = "";

    if (args->client != NULL) {
        address_print_home(args->client, address);
    }
    cmd_begin(c, config, SCRIPT_ENTER, 4);
    cmd_add_key(c, config, KEY_LOGIN, args->user);
    cmd_add_key(c, config, KEY_GROUPS, args->user);
    cmd_add_key(c, config, KEY_RULES, args->group);
    cmd_add_key(c, config, KEY_RULES, str_make("", 0));
    cmd_add_value(c, config, args->token);
    argv_add_str(c, cmd_stranger_word(config, args->kind));
    cmd_add_value(c, config, args->group);
    argv_add_int(c, config->group.max_per_user);
    argv_add(c, args->user);
    argv_add_str(c, address);
    cmd_add_room_defaults(c, config);
}

void
cmd_snapshot(struct argv *c, const struct config *config, struct str group, int64_t window,
             int64_t most_bytes, struct str node_id, int64_t mark)
{
    cmd_begin(c, config, SCRIPT_SNAPSHOT, 1);
    cmd_add_key(c, config, KEY_MESSAGES, group);
    argv_add_int(c, window);
    cmd_add_key(c, config, KEY_MARKS, node_id);
    argv_add_int(c, mark);
    argv_add_int(c, config->message.list_num);
    argv_add_int(c, most_bytes);
}

void
cmd_resume(struct argv *c, const struct config *config, const struct cmd_resume_args *args)
{
    cmd_begin(c, config, SCRIPT_RESUME, 3);
    cmd_add_key(c, config, KEY_MESSAGES, args->group);
    cmd_add_key(c, config, KEY_LAST_TS, args->group);
    cmd_add_key(c, config, KEY_EVENT_LOG, args->group);
    argv_add_int(c, args->window);
    cmd_add_key(c, config, KEY_MARKS, args->node_id);
    argv_add_int(c, args->mark);
    argv_add_int(c, args->bytes);
    argv_add_int(c, config->message.timeout_s);
    argv_add(c, args->epoch);
    argv_add_int(c, args->at);
    argv_add_int(c, config->resume.max);
}

void
cmd_publish(struct argv *c, const struct config *config, struct str node_id, int64_t mark)
{
    argv_clear(c);
    argv_add_str(c, "PUBLISH");
    cmd_add_key(c, config, KEY_MARKS, node_id);
    argv_add_int(c, mark);
}

void
cmd_publish_event(struct argv *c, const struct config *config, struct str group, struct str json)
{
    argv_clear(c);
    argv_add_str(c, "PUBLISH");
    cmd_add_key(c, config, KEY_EVENTS, group);
    argv_add(c, json);
}

void
cmd_check_login(struct argv *c, const struct config *config, struct str user, struct str token)
{
    cmd_begin(c, config, SCRIPT_CHECK_LOGIN, 1);
    cmd_add_key(c, config, KEY_LOGIN, user);
    cmd_add_value(c, config, token);
}

/* The last keys of each login script are the failures; limit and window are its first arguments. */
static void
cmd_begin_login(struct argv *c, const struct config *config, enum script_id script, struct str user,
                struct str client)
{
    cmd_begin(c, config, script, 1 + (script == SCRIPT_LOGIN) + (client.len > 0 ? 2 : 0));
    if (script == SCRIPT_LOGIN) {
        cmd_add_key(c, config, KEY_LOGIN, user);
    }
    cmd_add_key(c, config, KEY_USER_FAILURES, user);
    if (client.len > 0) {
        cmd_add_key(c, config, KEY_CLIENT_FAILURES, client);
        cmd_add_pair_key(c, config, KEY_BOTH_FAILURES, user, client);
    }
    argv_add_int(c, config->login.method == LOGIN_OPEN ? 0 : config->login.max_failures);
    argv_add_int(c, config->login.failure_window_s);
}

void
cmd_login_wait(struct argv *c, const struct config *config, struct str user, struct str client)
{
    cmd_begin_login(c, config, SCRIPT_LOGIN_WAIT, user, client);
}

void
cmd_login_failed(struct argv *c, const struct config *config, struct str user, struct str client)
{
    cmd_begin_login(c, config, SCRIPT_LOGIN_FAILED, user, client);
}

void
cmd_login(struct argv *c, const struct config *config, struct str user, struct str client,
          struct str token)
{
    cmd_begin_login(c, config, SCRIPT_LOGIN, user, client);
    cmd_add_value(c, config, token);
}

void
cmd_join_group(struct argv *c, const struct config *config, struct str user, struct str token,
               struct str group)
{
    cmd_begin(c, config, SCRIPT_JOIN_GROUP, 2);
    cmd_add_key(c, config, KEY_LOGIN, user);
    cmd_add_key(c, config, KEY_GROUPS, user);
    cmd_add_value(c, config, token);
    cmd_add_value(c, config, group);
    argv_add_int(c, config->group.members_only ? -1 : config->group.max_per_user);
}

void
cmd_list_groups(struct argv *c, const struct config *config, struct str user, struct str token,
                struct str cursor)
{
    cmd_begin(c, config, SCRIPT_LIST_GROUPS, 2);
    cmd_add_key(c, config, KEY_LOGIN, user);
    cmd_add_key(c, config, KEY_GROUPS, user);
    cmd_add_value(c, config, token);
    argv_add(c, cursor);
}

/* Begins a script that works on a group's list for a logged-in user. */
static void
cmd_begin_on_list(struct argv *c, const struct config *config, enum script_id script,
                  struct str user, struct str token, struct str group)
{
    cmd_begin(c, config, script, 2 + config->group.members_only);
    cmd_add_key(c, config, KEY_LOGIN, user);
    cmd_add_key(c, config, KEY_MESSAGES, group);
    cmd_add_member_key(c, config, user);
    cmd_add_value(c, config, token);
}

void
cmd_list_range(struct argv *c, const struct config *config, struct str user, struct str token,
               struct str group, int64_t first, int64_t last, int64_t most)
{
    cmd_begin_on_list(c, config, SCRIPT_LIST_RANGE, user, token, group);
    argv_add_int(c, first);
    argv_add_int(c, last);
    argv_add_int(c, most);
    cmd_add_member_group(c, config, group);
}

static void
cmd_add_before(struct argv *c, const struct config *config, struct str group, struct str sender,
               int64_t ts, int64_t most)
{
    cmd_add_head(c, config, group, sender);
    argv_add(c, sender);
    argv_add_int(c, ts);
    argv_add_int(c, most);
    cmd_add_member_group(c, config, group);
}

void
cmd_list_before(struct argv *c, const struct config *config, struct str user, struct str token,
                struct str group, struct str sender, int64_t ts, int64_t most)
{
    cmd_begin_on_list(c, config, SCRIPT_LIST_BEFORE, user, token, group);
    cmd_add_before(c, config, group, sender, ts, most);
}

void
cmd_list_before_ts(struct argv *c, const struct config *config, struct str user, struct str token,
                   struct str group, struct str sender, int64_t ts, int64_t most)
{
    cmd_begin_on_list(c, config, SCRIPT_LIST_BEFORE_TS, user, token, group);
    cmd_add_before(c, config, group, sender, ts, most);
}

void
cmd_list_more(struct argv *c, const struct config *config, struct str group,
              const struct cmd_place *place, int64_t most, int64_t most_bytes)
{
    size_t cut = place->entry.len > CMD_PLACE_BYTES ? place->entry.len - CMD_PLACE_BYTES : 0;

    cmd_begin(c, config, SCRIPT_LIST_MORE, 1);
    cmd_add_key(c, config, KEY_MESSAGES, group);
    argv_add_int(c, place->position);
    argv_add(c, str_make(place->entry.p + cut, place->entry.len - cut));
    argv_add_int(c, place->step);
    argv_add_int(c, place->end);
    argv_add_int(c, most);
    argv_add_int(c, most_bytes);
}

void
cmd_recall(struct argv *c, const struct config *config, struct str user, struct str token,
           struct str group, int64_t ts)
{
    cmd_begin(c, config, SCRIPT_RECALL, 4 + config->group.members_only);
    cmd_add_key(c, config, KEY_LOGIN, user);
    cmd_add_key(c, config, KEY_MESSAGES, group);
    cmd_add_key(c, config, KEY_LAST_TS, group);
    cmd_add_key(c, config, KEY_EVENT_LOG, group);
    cmd_add_member_key(c, config, user);
    cmd_add_value(c, config, token);
    cmd_add_head(c, config, group, user);
    argv_add(c, user);
    argv_add_int(c, ts);
    argv_add_int(c, config->message.recall_time_limit_s);
    cmd_add_key(c, config, KEY_EVENTS, group);
    cmd_add_recall_rest(c, user, ts);
    argv_add_int(c, config->message.timeout_s);
    cmd_add_member_group(c, config, group);
}
