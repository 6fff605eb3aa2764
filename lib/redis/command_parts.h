/* command_parts.h - what commands of scripts are built of; for commands*.c alone. */
#ifndef LIB_REDIS_COMMAND_PARTS_H
#define LIB_REDIS_COMMAND_PARTS_H

#include "lib/config/config.h"
#include "lib/redis/argv.h"
#include "lib/redis/standing.h"
#include "lib/scripts.h"

/* The script for redis.encoding. */
static inline const struct script *
cmd_script(const struct config *config, enum script_id script)
{
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
 * last of its arguments. */
static inline void
cmd_add_member_key(struct argv *c, const struct config *config, struct str user)
{
    if (config->group.members_only) {
        cmd_add_key(c, config, KEY_GROUPS, user);
    }
}

static inline void
cmd_add_member_group(struct argv *c, const struct config *config, struct str group)
{
    if (config->group.members_only) {
        cmd_add_value(c, config, group);
    }
}

#endif
