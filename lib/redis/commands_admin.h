/* commands_admin.h - what operators and moderators do, as commands.
 *
 * Section "MODERATION" of fastim(7) tells what each is for. A command that changes something
 * returns 1; 0 if that is how it was; or it refuses: CMD_NOT_LOGGED_IN, or a list of
 * CMD_AGAINST_RULES, a reason and the milliseconds to wait: "role" (the actor is no moderator, or
 * the other one is), or "banned" (the actor is). What it does in the same step: it tells the
 * daemons (fim:ev:), renews the rules, and notes the action in fim:audit; on a cluster what is in
 * another slot than the group is a step of its own. */
#ifndef LIB_REDIS_COMMANDS_ADMIN_H
#define LIB_REDIS_COMMANDS_ADMIN_H

#include "lib/redis/actor.h"
#include "lib/redis/commands.h"

enum {
    CMD_TOO_MANY = -2 /* what settings and words may return besides: there would be too many */
};

/* ---- tokens of operators (commands_admin.c) ---- */

/* As cmd_login_wait() and cmd_login_failed(): failures of a client's address alone count, as an
 * operator who has failed has no name. client: empty if it is not known. */
void cmd_admin_wait(struct argv *c, const struct config *config, struct str client);
void cmd_admin_failed(struct argv *c, const struct config *config, struct str client);

/* ---- what is said and listed (commands_admin.c) ---- */

/* A message of that user, which no rule refuses. The reply is that of cmd_append(). Not noted. */
void cmd_admin_message(struct argv *c, const struct config *config, struct str group,
                       struct str user, struct str info, struct str id);
void cmd_admin_notice(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                      struct str group, struct str info);
/* In all groups that clients of fastim.v2 have been in lately, step by step. Begin with cursor "0"
 * and since_ms 0. The reply is a list: the next cursor ("0": done), how many groups were told in
 * this step, and since_ms for the next one. */
void cmd_admin_notice_all(struct argv *c, const struct config *config,
                          const struct cmd_actor *actor, struct str info, struct str cursor,
                          int64_t since_ms);
/* The reply may also be CMD_MISSING. */
void cmd_admin_recall(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                      struct str group, struct str user, int64_t ts);
/* Step by step. Begin with an empty cursor. The reply is a list: how many messages it took in this
 * step, how many in all, and the next cursor (empty: done). */
void cmd_admin_purge(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                     struct str group, struct str user, struct str cursor);
void cmd_admin_clear(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                     struct str group);

/* Exactly one of them is not empty. For operators alone; the actor is for the audit. The reply may
 * also be CMD_TOO_MANY words. */
void cmd_admin_words(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                     struct str add, struct str remove);
/* Makes the user a member, or ends that. 0 also if the user is in im.group.maxPerUser groups. */
void cmd_admin_join(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                    struct str group, struct str user);
void cmd_admin_leave(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                     struct str group, struct str user);

/* The newest notes, newest first: JSON objects. */
void cmd_admin_log(struct argv *c, const struct config *config, int64_t count);
/* As cmd_online(), and no login is checked. */
void cmd_admin_online(struct argv *c, const struct config *config, struct str group);
/* A list of group, number of users online, group... most first. */
void cmd_admin_groups(struct argv *c, const struct config *config, int64_t top);
/* A list of the daemons that live: each with what it says of itself, as cmd_lease() has it. On a
 * cluster a list of the daemons alone: ask with the other two, begin and add each daemon, what they
 * say, in the same order. */
void cmd_admin_hosts(struct argv *c, const struct config *config);
void cmd_admin_hosts_begin(struct argv *c, const struct config *config);
void cmd_admin_hosts_add(struct argv *c, struct str daemon);

/* ---- a group's list as it stands (commands_list.c) ---- */

/* Redis' clock, as TIME has it. */
void cmd_admin_time(struct argv *c);
/* How many entries the list has. */
void cmd_admin_length(struct argv *c, const struct config *config, struct str group);
/* The entries from position first to last; positions below 0 count from its end. */
void cmd_admin_entries(struct argv *c, const struct config *config, struct str group, int64_t first,
                       int64_t last);
/* Begins to listen to the group's messages, and to the marks that cmd_admin_mark() sends to
 * daemon_id. */
void cmd_admin_listen(struct argv *c, const struct config *config, struct str group,
                      struct str daemon_id);
void cmd_admin_mark(struct argv *c, const struct config *config, struct str group,
                    struct str daemon_id, int64_t mark);

/* Begin, then add each entry, at most CMD_IMPORT_MAX: they go behind the list's newest one, if that
 * is still the one that the import knows. Nobody is told of them. So positions of clients in the
 * group prove nothing any more: its event log goes. The reply is the length of the list then; or
 * CMD_MISSING: the list is not as the import knows it, or CMD_NOT_ALONE: clients are in the group.
 * Nothing is stored then. */
enum {
    CMD_IMPORT_MAX = 1000,
    CMD_IMPORT_MARK_BYTES = 28, /* of an entry that are known: its last ones */
    CMD_NOT_ALONE = -2
};
struct cmd_import_args {
    struct str group;
    struct str token;
    int64_t length;    /* of the list before */
    struct str newest; /* the last bytes of its newest entry; empty: there is none */
    int64_t highest;   /* ts of all entries so far that are to count; 0: none */
};
void cmd_admin_import_begin(struct argv *c, const struct config *config,
                            const struct cmd_import_args *args);
void cmd_admin_import_add(struct argv *c, const struct config *config, struct str entry);
/* The import begins: its token is random. One that is under way can store nothing more. */
void cmd_admin_import_start(struct argv *c, const struct config *config, struct str group,
                            struct str token);
/* It stops: nothing more is stored, also of batches that are still on their way. */
void cmd_admin_import_stop(struct argv *c, const struct config *config, struct str group);
/* Notes in the audit that so many messages were imported. */
void cmd_admin_import_end(struct argv *c, const struct config *config,
                          const struct cmd_actor *actor, struct str group, struct str token,
                          int64_t count);

/* ---- all that stands in Redis (commands_list.c) ---- */

/* A step of the conversion to an encoding, plain or java, as lib/scripts/convert.lua has it. The
 * reply is what comes next; of the steps "look", "turn" and "lists" a list: the next cursor ("0":
 * done), how many values were turned, how many cannot be, and how many lists are put off. */
void cmd_admin_convert(struct argv *c, const struct config *config, const char *aim,
                       const char *step, struct str cursor);
/* How many patterns are subscribed to: Java hosts have one for each group. */
void cmd_admin_patterns(struct argv *c);

/* ---- rules (commands_rules.c) ---- */

/* seconds: 0 is for ever. */
void cmd_admin_mute(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                    struct str group, struct str user, int64_t seconds);
void cmd_admin_unmute(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                      struct str group, struct str user);

/* Whom a ban is for: a user, or an address (of an IPv6 one all of its /64). */
struct cmd_banned {
    struct str group;             /* empty: everywhere */
    struct str user;              /* empty: */
    const struct address *client; /* this address */
};
void cmd_admin_ban(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                   const struct cmd_banned *banned, int64_t seconds);
void cmd_admin_unban(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                     const struct cmd_banned *banned);
/* A ban for RULE_KICK_S; one that lasts longer stays. group: empty for everywhere. */
void cmd_admin_kick(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                    struct str group, struct str user);
/* role: "mod", "vip", or empty. For operators alone. */
void cmd_admin_role(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                    struct str group, struct str user, struct str role);

/* Begin, then add each setting: slow, quiet, cap, pinned or attr.NAME, within the bounds of
 * lib/rules.h, quiet as 0 or 1; an empty value: as if it had never been set. The reply is a list: 1
 * or 0, and all settings as JSON. Or CMD_TOO_MANY attrs; nothing is changed then. */
void cmd_admin_settings_begin(struct argv *c, const struct config *config,
                              const struct cmd_actor *actor, struct str group,
                              const struct str *keys, size_t count);
void cmd_admin_settings_add(struct argv *c, struct str key, struct str value);

/* Step by step. Begin with cursor "0". The reply is a list: the next cursor ("0": done), all
 * settings as JSON, and a list of field, value, field, value: m:USER, b:USER, a:ADDRESS with the
 * end in Unix ms (0: none), r:USER with the role. A field may come twice. group: empty for
 * everywhere. */
void cmd_admin_rules(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                     struct str group, struct str cursor);

#endif
