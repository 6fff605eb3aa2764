/* commands.c - everything that fastim asks of Redis, as commands. */
#include "lib/redis/commands.h"

#include "lib/redis/command_parts.h"

static void
cmd_add_pair_key(struct argv *c, const struct config *config, enum key_kind kind, struct str first,
                 struct str second)
{
    argv_add_pair_key(c, &config->redis, kind, first, second);
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

/* On a cluster the script is in the slot of the group's rules, and lets strangers stay. Before it
 * the user's login and membership are checked, and bans everywhere. If the one node that has these
 * is away, that keeps nobody out of the groups of the others. Behind it a stranger joins. */
static void
cmd_add_enter_steps(struct argv *c, const struct config *config, const struct cmd_enter_args *args,
                    struct str address)
{
    const struct str stranger = str_of(cmd_stranger_word(config, args->kind));
    const struct str none = str_make("", 0);

    cmd_add_admission_step(c, config, args->user, args->token,
                           str_is(stranger, "0") ? args->group : none);
    if (args->group.len == 0) {
        return; /* the script itself looks for bans everywhere */
    }
    cmd_add_ban_step(c, config, ARGV_BEFORE_IF_UP, args->user, address);
    if (str_is(stranger, "1")) {
        cmd_join_group(argv_add_step(c, ARGV_AFTER_ANY), config, args->user, none, args->group);
    }
}

void
cmd_enter(struct argv *c, const struct config *config, const struct cmd_enter_args *args)
{
    bool is_cluster = config_is_cluster(&config->redis);
    char address[ADDRESS_TEXT_SIZE] = "";

    if (args->client != NULL) {
        address_print_home(args->client, address);
    }
    cmd_begin(c, config, SCRIPT_ENTER, 4);
    cmd_add_far_key(c, config, KEY_LOGIN, args->user, KEY_RULES, args->group);
    cmd_add_far_key(c, config, KEY_GROUPS, args->user, KEY_RULES, args->group);
    cmd_add_key(c, config, KEY_RULES, args->group);
    cmd_add_far_key(c, config, KEY_RULES, str_make("", 0), KEY_RULES, args->group);
    cmd_add_login_token(c, config, args->token);
    argv_add_str(c, is_cluster ? "-" : cmd_stranger_word(config, args->kind));
    cmd_add_value(c, config, args->group);
    argv_add_int(c, config->group.max_per_user);
    argv_add(c, args->user);
    argv_add_str(c, address);
    cmd_add_room_defaults(c, config);
    if (is_cluster) {
        cmd_add_enter_steps(c, config, args, str_of(address));
    }
}

/* The daemon's channel for marks; on a cluster that for this group, as it has to be in its slot. */
static void
cmd_add_marks(struct argv *c, const struct config *config, struct str group, struct str daemon_id)
{
    if (config_is_cluster(&config->redis)) {
        argv_add_pair_key(c, &config->redis, KEY_MARKS, group, daemon_id);
    } else {
        cmd_add_key(c, config, KEY_MARKS, daemon_id);
    }
}

/* 0: there is none. */
static void
cmd_add_mark(struct argv *c, int64_t mark)
{
    if (mark != 0) {
        argv_add_int(c, mark);
    } else {
        argv_add_str(c, "");
    }
}

void
cmd_snapshot(struct argv *c, const struct config *config, struct str group, int64_t window,
             int64_t most_bytes, struct str daemon_id, int64_t mark)
{
    cmd_begin(c, config, SCRIPT_SNAPSHOT, 1);
    cmd_add_key(c, config, KEY_MESSAGES, group);
    argv_add_int(c, window);
    cmd_add_marks(c, config, group, daemon_id);
    cmd_add_mark(c, mark);
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
    cmd_add_marks(c, config, args->group, args->daemon_id);
    cmd_add_mark(c, args->mark);
    argv_add_int(c, args->bytes);
    argv_add_int(c, config->message.timeout_s);
    argv_add(c, args->epoch);
    argv_add_int(c, args->at);
    argv_add_int(c, config->resume.max);
}

void
cmd_publish(struct argv *c, const struct config *config, struct str daemon_id, int64_t mark)
{
    argv_clear(c);
    argv_add_str(c, "PUBLISH");
    cmd_add_key(c, config, KEY_MARKS, daemon_id);
    argv_add_int(c, mark);
}

void
cmd_probe(struct argv *c, const struct config *config, struct str group, struct str daemon_id)
{
    argv_clear(c);
    argv_add_str(c, config_is_cluster(&config->redis) ? "SPUBLISH" : "PUBLISH");
    cmd_add_marks(c, config, group, daemon_id);
    argv_add_int(c, 0);
}

void
cmd_publish_event(struct argv *c, const struct config *config, struct str group, struct str json)
{
    argv_clear(c);
    argv_add_str(c, config_is_cluster(&config->redis) ? "SPUBLISH" : "PUBLISH");
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

static void
cmd_add_limits(struct argv *c, const struct config *config)
{
    argv_add_int(c, config->login.method == LOGIN_OPEN ? 0 : config->login.max_failures);
    argv_add_int(c, config->login.failure_window_s);
}

/* On a cluster the failures of the address are in another slot. A step looks at them, or counts
 * one: it replies as the script does. */
static void
cmd_add_client_step(struct argv *c, const struct config *config, enum argv_when when,
                    enum script_id script, struct str client)
{
    struct argv *step;

    if (client.len > 0 && config_is_cluster(&config->redis)) {
        step = argv_add_step(c, when);
        cmd_begin(step, config, script, 1);
        cmd_add_key(step, config, KEY_CLIENT_FAILURES, client);
        cmd_add_limits(step, config);
    }
}

/* The last keys of each login script are the failures; limit and window are its first arguments.
 * On a cluster those of both together stand in for those of the address: they are never more than
 * the user's own. */
static void
cmd_begin_login(struct argv *c, const struct config *config, enum script_id script, struct str user,
                struct str client)
{
    cmd_begin(c, config, script, 1 + (script == SCRIPT_LOGIN) + (client.len > 0 ? 2 : 0));
    if (script == SCRIPT_LOGIN) {
        cmd_add_key(c, config, KEY_LOGIN, user);
    }
    cmd_add_key(c, config, KEY_USER_FAILURES, user);
    if (client.len > 0 && config_is_cluster(&config->redis)) {
        cmd_add_pair_key(c, config, KEY_BOTH_FAILURES, user, client);
    } else if (client.len > 0) {
        cmd_add_key(c, config, KEY_CLIENT_FAILURES, client);
    }
    if (client.len > 0) {
        cmd_add_pair_key(c, config, KEY_BOTH_FAILURES, user, client);
    }
    cmd_add_limits(c, config);
    cmd_add_client_step(c, config, ARGV_BEFORE_WAIT, SCRIPT_LOGIN_WAIT, client);
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
    cmd_add_client_step(c, config, ARGV_AFTER_0, SCRIPT_LOGIN_FAILED, client);
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
    cmd_begin(c, config, script, 2 + cmd_has_member_key(config));
    cmd_add_login_key(c, config, user, group);
    cmd_add_key(c, config, KEY_MESSAGES, group);
    cmd_add_member_key(c, config, user);
    cmd_add_login_token(c, config, token);
    cmd_check_user_first(c, config, user, token, group);
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
    cmd_begin(c, config, SCRIPT_RECALL, 4 + cmd_has_member_key(config));
    cmd_add_login_key(c, config, user, group);
    cmd_add_key(c, config, KEY_MESSAGES, group);
    cmd_add_key(c, config, KEY_LAST_TS, group);
    cmd_add_key(c, config, KEY_EVENT_LOG, group);
    cmd_add_member_key(c, config, user);
    cmd_add_login_token(c, config, token);
    cmd_add_head(c, config, group, user);
    argv_add(c, user);
    argv_add_int(c, ts);
    argv_add_int(c, config->message.recall_time_limit_s);
    cmd_add_key(c, config, KEY_EVENTS, group);
    cmd_add_recall_rest(c, user, ts);
    argv_add_int(c, config->message.timeout_s);
    cmd_add_member_group(c, config, group);
    cmd_check_user_first(c, config, user, token, group);
}
