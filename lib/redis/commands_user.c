/* commands_user.c - what a user does to itself: logs out, leaves a group, has read one. */
#include "lib/redis/commands.h"

#include "lib/redis/command_parts.h"
#include "lib/redis/event.h"

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
