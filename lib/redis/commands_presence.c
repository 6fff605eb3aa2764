/* commands_presence.c - who is online in a group, and which daemons live. */
#include "lib/redis/commands.h"

#include "lib/redis/command_parts.h"

void
cmd_presence(struct argv *c, const struct config *config, const struct cmd_presence_args *args)
{
    const struct str none = str_make("", 0);

    cmd_begin(c, config, SCRIPT_PRESENCE, 3);
    cmd_add_key(c, config, KEY_PRESENCE, args->group);
    cmd_add_far_key(c, config, KEY_LEASES, none, KEY_PRESENCE, args->group);
    cmd_add_far_key(c, config, KEY_TOP, none, KEY_PRESENCE, args->group);
    argv_add(c, args->daemon_id);
    argv_add_int(c, (int64_t)args->users);
    argv_add(c, args->ids);
    argv_add_int(c, config->presence.names);
    argv_add_int(c, config->presence.interval_s * 1000);
    cmd_add_key(c, config, KEY_EVENTS, args->group);
    argv_add(c, args->group);
    argv_add_int(c, args->ends);
    argv_add_int(c, (int64_t)args->connections);
}

/* On a cluster what a daemon says of itself is in another slot than the leases; and groups are not
 * listed by how many are online, as that list would be in another slot than they are. */
static void
cmd_add_about_step(struct argv *c, const struct config *config, struct str daemon_id,
                   struct str about)
{
    struct argv *step;

    if (config_is_cluster(&config->redis)) {
        step = argv_add_step(c, ARGV_AFTER_ANY);
        cmd_begin(step, config, SCRIPT_ABOUT, 1);
        cmd_add_key(step, config, KEY_ABOUT, str_make("", 0));
        argv_add(step, daemon_id);
        argv_add(step, about);
    }
}

void
cmd_lease(struct argv *c, const struct config *config, struct str daemon_id, bool ends, int64_t any,
          struct str about)
{
    const struct str none = str_make("", 0);

    cmd_begin(c, config, SCRIPT_LEASE, 3);
    cmd_add_key(c, config, KEY_LEASES, none);
    cmd_add_far_key(c, config, KEY_TOP, none, KEY_LEASES, none);
    cmd_add_far_key(c, config, KEY_ABOUT, none, KEY_LEASES, none);
    argv_add(c, daemon_id);
    argv_add_int(c, !ends);
    cmd_add_key(c, config, KEY_PRESENCE, str_make("", 0));
    argv_add_int(c, any);
    argv_add(c, about);
    cmd_add_about_step(c, config, daemon_id, ends ? none : about);
}

void
cmd_online(struct argv *c, const struct config *config, struct str user, struct str token,
           struct str group)
{
    cmd_begin(c, config, SCRIPT_ONLINE, 3 + cmd_has_member_key(config));
    cmd_add_login_key(c, config, user, group);
    cmd_add_key(c, config, KEY_PRESENCE, group);
    cmd_add_far_key(c, config, KEY_LEASES, str_make("", 0), KEY_PRESENCE, group);
    cmd_add_member_key(c, config, user);
    cmd_add_login_token(c, config, token);
    argv_add_int(c, config->presence.names);
    cmd_add_member_group(c, config, group);
    cmd_check_user_first(c, config, user, token, group);
}
