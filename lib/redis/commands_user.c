/* commands_user.c - what users do: they send messages, log out, leave groups and read them. */
#include "lib/redis/commands.h"

#include <stdlib.h>
#include <string.h>

#include "lib/message.h"
#include "lib/redis/command_parts.h"
#include "lib/redis/event.h"

/* ---- messages ---- */

/* On a cluster a producer has refusals for each group, in its slot. */
static void
cmd_add_refusals(struct argv *c, const struct config *config, struct str group, struct str producer)
{
    if (config_is_cluster(&config->redis)) {
        argv_add_pair_key(c, &config->redis, KEY_REFUSALS, group, producer);
    } else {
        cmd_add_key(c, config, KEY_REFUSALS, producer);
    }
}

void
cmd_append(struct argv *c, const struct config *config, const struct cmd_append_args *args)
{
    size_t from;

    cmd_begin(c, config, SCRIPT_APPEND, 9 + cmd_has_member_key(config));
    cmd_add_key(c, config, KEY_MESSAGES, args->group);
    cmd_add_key(c, config, KEY_LAST_TS, args->group);
    cmd_add_far_key(c, config, KEY_APPENDED, args->producer, KEY_MESSAGES, args->group);
    cmd_add_refusals(c, config, args->group, args->producer);
    cmd_add_login_key(c, config, args->user, args->group);
    cmd_add_key(c, config, KEY_RULES, args->group);
    cmd_add_far_key(c, config, KEY_RULES, str_make("", 0), KEY_RULES, args->group);
    argv_add_pair_key(c, &config->redis, KEY_SENT, args->group, args->user);
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
    cmd_add_login_token(c, config, args->token);
    argv_add(c, args->id);
    argv_add(c, args->user);
    argv_add_str(c, cmd_standing_word(args->standing));
    cmd_add_room_defaults(c, config);
    cmd_add_member_group(c, config, args->group);
    if (config_is_cluster(&config->redis)) {
        argv_add(c, args->producer);
    }
    if (!args->is_admitted) {
        cmd_check_user_first(c, config, args->user, args->token, args->group);
    }
    if (!args->is_admitted && args->standing != CMD_OPERATOR) {
        cmd_add_ban_step(c, config, ARGV_BEFORE_IF_UP, args->user, str_make("", 0));
    }
}

bool
cmd_admit(struct argv *c, const struct config *config, struct str user, struct str token,
          struct str group)
{
    return cmd_begin_admission(c, config, user, token, cmd_members_group(config, group));
}

/* A producer is a daemon and an epoch of it, with a colon between them. */
static struct str
cmd_daemon_of(struct str producer)
{
    const char *colon = producer.len > 0 ? memrchr(producer.p, ':', producer.len) : NULL;

    return colon != NULL ? str_make(producer.p, (size_t)(colon - producer.p)) : producer;
}

void
cmd_appended(struct argv *c, const struct config *config, struct str group, struct str producer)
{
    argv_clear(c);
    if (config_is_cluster(&config->redis)) {
        argv_add_str(c, "HGET");
        cmd_add_key(c, config, KEY_LAST_TS, group);
        argv_add(c, cmd_daemon_of(producer));
    } else {
        argv_add_str(c, "GET");
        cmd_add_key(c, config, KEY_APPENDED, producer);
    }
}

int64_t
cmd_appended_seq(const struct config *config, struct str producer, struct str answer)
{
    struct str daemon = cmd_daemon_of(producer);
    size_t epoch = producer.len - daemon.len; /* and a blank, or the colon */

    if (!config_is_cluster(&config->redis)) {
        return answer.len > 0 ? strtoll(answer.p, NULL, 10) : 0;
    }
    if (epoch == 0 || answer.len <= epoch || answer.p[epoch - 1] != ' ' ||
        memcmp(answer.p, producer.p + daemon.len + 1, epoch - 1) != 0) {
        return 0; /* of an epoch before */
    }
    return strtoll(answer.p + epoch, NULL, 10);
}

void
cmd_refused(struct argv *c, const struct config *config, struct str group, struct str producer,
            int64_t most)
{
    argv_clear(c);
    argv_add_str(c, "LRANGE");
    cmd_add_refusals(c, config, group, producer);
    argv_add_int(c, -most);
    argv_add_int(c, -1);
}

/* ---- to themselves ---- */

void
cmd_logout(struct argv *c, const struct config *config, struct str user, struct str token)
{
    cmd_begin(c, config, SCRIPT_LOGOUT, 1);
    cmd_add_key(c, config, KEY_LOGIN, user);
    cmd_add_value(c, config, token);
    cmd_add_key(c, config, KEY_EVENTS, str_make("", 0));
    event_add_close(&c->bytes, user, 440, "login");
    argv_end_word(c);
    if (config_is_cluster(&config->redis)) {
        struct argv *step = argv_add_step(c, ARGV_AFTER_CHANGE);

        cmd_publish_event(step, config, str_make("", 0), argv_word(c, c->count - 1));
    }
}

void
cmd_leave_group(struct argv *c, const struct config *config, struct str user, struct str token,
                struct str group)
{
    cmd_begin(c, config, SCRIPT_LEAVE_GROUP, 3);
    cmd_add_key(c, config, KEY_LOGIN, user);
    cmd_add_key(c, config, KEY_GROUPS, user);
    cmd_add_key(c, config, KEY_READ, user);
    cmd_add_value(c, config, token);
    cmd_add_value(c, config, group);
    argv_add(c, group);
}

/* As many marks as a user may have groups, and as many again for groups that it has not joined. */
void
cmd_read(struct argv *c, const struct config *config, struct str user, struct str token,
         struct str group, int64_t ts)
{
    cmd_begin(c, config, SCRIPT_READ, 2);
    cmd_add_key(c, config, KEY_LOGIN, user);
    cmd_add_key(c, config, KEY_READ, user);
    cmd_add_value(c, config, token);
    argv_add(c, group);
    argv_add_int(c, ts);
    argv_add_int(c, 2 * config->group.max_per_user);
}
