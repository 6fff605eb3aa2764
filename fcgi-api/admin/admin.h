/* admin.h - what the endpoints of operators and moderators share.
 *
 * Each changes a group by one command, whose script checks that the actor may: see
 * lib/redis/commands_admin.h. */
#ifndef API_ADMIN_ADMIN_H
#define API_ADMIN_ADMIN_H

#include "fcgi-api/endpoints/endpoint.h"
#include "lib/redis/actor.h"

extern const struct endpoint ep_admin_message;
extern const struct endpoint ep_admin_notice;
extern const struct endpoint ep_admin_recall;
extern const struct endpoint ep_admin_purge;
extern const struct endpoint ep_admin_clear;
extern const struct endpoint ep_admin_mute;
extern const struct endpoint ep_admin_unmute;
extern const struct endpoint ep_admin_ban;
extern const struct endpoint ep_admin_unban;
extern const struct endpoint ep_admin_kick;
extern const struct endpoint ep_admin_join;
extern const struct endpoint ep_admin_leave;
extern const struct endpoint ep_admin_role;
extern const struct endpoint ep_admin_settings;
extern const struct endpoint ep_admin_rules;
extern const struct endpoint ep_admin_words;
extern const struct endpoint ep_admin_online;
extern const struct endpoint ep_admin_groups;
extern const struct endpoint ep_admin_hosts;
extern const struct endpoint ep_admin_log;

/* ---- parameters: each notes its fault, and then returns something harmless ---- */

struct str admin_group(struct exchange *ex);
/* Without groupId it is empty: all groups, which no moderator may change. */
struct str admin_group_or_all(struct exchange *ex);
/* How long; 0, or absent: for ever. */
int64_t admin_seconds(struct exchange *ex);
/* Is the parameter there? */
bool admin_has(const struct exchange *ex, const char *name);

/* Who does it, in this group. */
struct cmd_actor admin_actor(struct exchange *ex, struct str group);

/* ---- answers ---- */

/* Is the reply a list of so many? If not, answers that it is broken. */
bool admin_is_list(struct exchange *ex, const struct reply *reply, size_t count);

/* Is the reply a refusal by prelude_actor.lua? If so, answers. */
bool admin_is_refused(struct exchange *ex, const struct reply *reply);
/* Of a command that returns 1; 0 if that is how it was; or refuses. */
void admin_answer(struct exchange *ex, const struct reply *reply);
/* What changed nothing is code 100. data: JSON, or empty. */
void admin_say_done(struct exchange *ex, bool changed, struct str data);
void admin_say_number(struct exchange *ex, bool changed, int64_t data);

#endif
