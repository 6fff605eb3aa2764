/* action.h - what commands of operators and moderators are built of; for commands_admin.c and
 * commands_rules.c alone. */
#ifndef LIB_REDIS_ACTION_H
#define LIB_REDIS_ACTION_H

#include "lib/redis/actor.h"
#include "lib/redis/command_parts.h"

/* Begins a script that prelude_actor.lua guards, with so many keys of its own behind the guard's.
 * Add these, then the guard's arguments. */
void action_begin(struct argv *c, const struct config *config, enum script_id script, int keys,
                  const struct cmd_actor *actor, struct str group);
void action_add_actor(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                      struct str group);

/* Then the note for the audit: what, the group (empty: none), and what else is to be said. */
void action_note_begin(struct argv *c, const struct cmd_actor *actor, const char *what,
                       struct str group);
void action_note_add(struct argv *c, const char *key, struct str value);
void action_note_add_int(struct argv *c, const char *key, int64_t value);
void action_note_end(struct argv *c, const struct config *config);

/* On a cluster, where the audit is in another slot: the command's last word is noted in a step
 * of its own. The functions above call it by themselves. */
void action_add_note_step(struct argv *c, const struct config *config, enum argv_when when);

#endif
