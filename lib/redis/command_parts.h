/* command_parts.h - what commands of scripts are built of; for commands*.c alone. */
#ifndef LIB_REDIS_COMMAND_PARTS_H
#define LIB_REDIS_COMMAND_PARTS_H

#include "lib/config/config.h"
#include "lib/redis/argv.h"
#include "lib/redis/standing.h"
#include "lib/scripts.h"

/* The script for redis.encoding, or for a cluster. */
static inline const struct script *
cmd_script(const struct config *config, enum script_id script)
{
    if (config_is_cluster(&config->redis)) {
        return &scripts_cluster[script];
    }
    return config->redis.encoding == ENCODING_JAVA ? &scripts_java[script] : &scripts[script];
}

static inline void
cmd_begin(struct argv *c, const struct config *config, enum script_id script, int keys)
{
    argv_clear(c);
    argv_add_str(c, "EVALSHA");
    argv_add_str(c, cmd_script(config, script)->sha1);
    argv_add_int(c, keys);
}

static inline void
cmd_add_key(struct argv *c, const struct config *config, enum key_kind kind, struct str id)
{
    argv_add_key(c, &config->redis, kind, id);
}

/* In java: adds a value as the Java original has it. Empty: none, and stays so. */
void cmd_add_wrapped(struct argv *c, struct str plain);

/* A login token, or a group as it stands in the set of a user's groups. */
static inline void
cmd_add_value(struct argv *c, const struct config *config, struct str plain)
{
    if (config->redis.encoding == ENCODING_JAVA) {
        cmd_add_wrapped(c, plain);
    } else {
        argv_add(c, plain);
    }
}

/* ---- on a cluster: what is in another slot than the command ----
 *
 * A script for a group has keys of users and others, too. On a cluster it gets the group's own
 * key in the place of each, and no token: so it does not look there. Steps of the command do
 * instead. */

/* Adds a key; on a cluster the other one, which is in the command's slot. */
static inline void
cmd_add_far_key(struct argv *c, const struct config *config, enum key_kind kind, struct str id,
                enum key_kind own_kind, struct str own_id)
{
    if (config_is_cluster(&config->redis)) {
        cmd_add_key(c, config, own_kind, own_id);
    } else {
        cmd_add_key(c, config, kind, id);
    }
}

static inline void
cmd_add_login_key(struct argv *c, const struct config *config, struct str user, struct str group)
{
    cmd_add_far_key(c, config, KEY_LOGIN, user, KEY_MESSAGES, group);
}

/* The token for such a script. */
static inline void
cmd_add_login_token(struct argv *c, const struct config *config, struct str token)
{
    if (config_is_cluster(&config->redis)) {
        argv_add_str(c, "");
    } else {
        cmd_add_value(c, config, token);
    }
}

/* Is the user logged in (empty token: no matter), and a member of the group (empty: no matter)?
 * False: there is nothing to ask, or no cluster. The other one adds it as a step. */
bool cmd_begin_admission(struct argv *c, const struct config *config, struct str user,
                         struct str token, struct str group);
void cmd_add_admission_step(struct argv *c, const struct config *config, struct str user,
                            struct str token, struct str group);

/* The group if it is for its members alone, else none. */
struct str cmd_members_group(const struct config *config, struct str group);

/* To be called when the command is complete; without a cluster they do nothing. The first one
 * checks the login and, with membersOnly, the membership: an empty token, an empty group: not
 * that one. The second one checks that the user, or the address, is not banned everywhere. */
void cmd_check_user_first(struct argv *c, const struct config *config, struct str user,
                          struct str token, struct str group);
void cmd_add_ban_step(struct argv *c, const struct config *config, enum argv_when when,
                      struct str user, struct str address);

/* Ends a word that is the begin of a message: the caller has added it to c->bytes from offset from
 * on. In java it becomes the begin of a message as the Java original has it. */
void cmd_end_head(struct argv *c, const struct config *config, size_t from);

/* Of a group that was set nothing else: slow, cap. */
void cmd_add_room_defaults(struct argv *c, const struct config *config);

/* How a script has it. */
const char *cmd_standing_word(enum cmd_standing standing);

/* How fastim begins a message of this sender, up to the quote before its text. */
void cmd_add_head(struct argv *c, const struct config *config, struct str group, struct str sender);

/* The JSON of a recall event behind its number. */
void cmd_add_recall_rest(struct argv *c, struct str user, int64_t ts);

/* With membersOnly a script for clients of a group has these: the key last of its keys, the group
 * last of its arguments. Not on a cluster. */
static inline bool
cmd_has_member_key(const struct config *config)
{
    return config->group.members_only && !config_is_cluster(&config->redis);
}

static inline void
cmd_add_member_key(struct argv *c, const struct config *config, struct str user)
{
    if (cmd_has_member_key(config)) {
        cmd_add_key(c, config, KEY_GROUPS, user);
    }
}

static inline void
cmd_add_member_group(struct argv *c, const struct config *config, struct str group)
{
    if (cmd_has_member_key(config)) {
        cmd_add_value(c, config, group);
    }
}

#endif
