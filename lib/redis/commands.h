/* commands.h - everything that fastim asks of Redis, as commands.
 *
 * The arguments of each script are laid out in commands.c and in the head of its file in
 * lib/scripts/, nowhere else. Every function clears the command first. Pass ids and tokens plain:
 * the functions encode them. An empty token means that no login is checked. */
#ifndef LIB_REDIS_COMMANDS_H
#define LIB_REDIS_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/config/address.h"
#include "lib/config/config.h"
#include "lib/redis/argv.h"
#include "lib/redis/resp.h"
#include "lib/redis/standing.h"
#include "lib/scripts.h"
#include "lib/str.h"

/* What a script returns instead of a result. The head of each script names those that it may. */
enum cmd_refusal {
    CMD_NOT_LOGGED_IN = -1,
    CMD_TOO_LATE = -2, /* append: after its deadline, with Redis' clock behind it in a list; recall:
                          the message is too old */
    CMD_MISSING = -3,  /* append: an earlier one is missing; history, recall: no such message */
    CMD_NOT_JOINED = -4,
    CMD_AGAINST_RULES = -5 /* append, enter, and what moderators do: in a list, with the reason and
                              the milliseconds to wait */
};

/* Is the reply such a refusal? */
bool cmd_is_refused(const struct reply *reply);

/* Has a command that operators and moderators are noted for, or that daemons are told of, changed
 * something? */
bool cmd_has_changed(const struct reply *reply);

/* A message to store. user and info must be UTF-8. The reply is its ts; or a list of 1 and a ts if
 * the id is known: that is the ts of its first send, and nothing was stored again. */
struct cmd_append_args {
    struct str group;
    struct str user;
    struct str info;
    struct str token;
    struct str producer; /* numbers its appends: a daemon_id and an epoch of it */
    int64_t seq;         /* one more than that of the producer's append before; 0: no producer */
    int64_t deadline_ms; /* Unix time on Redis' clock; after it nothing is stored */
    struct str id;       /* of the send, as id_valid_send() has it; empty: none */
    enum cmd_standing standing;
    bool is_admitted; /* on a cluster: what its steps ask is known, and it gets none */
};

/* ---- push-daemon ---- */

void cmd_append(struct argv *c, const struct config *config, const struct cmd_append_args *args);
/* On a cluster: is the user logged in, and with membersOnly a member? A step of others, and before
 * an append by itself. The reply is 1, or what cmd_append() replies to such a user. False: there is
 * nothing to ask. */
bool cmd_admit(struct argv *c, const struct config *config, struct str user, struct str token,
               struct str group);
/* Asks for the seq of the producer's last append that was stored, or refused by a rule. */
void cmd_appended(struct argv *c, const struct config *config, struct str group,
                  struct str producer);
/* Of the text that answers it (with a NUL behind it), or of an empty one: that seq, 0: none. */
int64_t cmd_appended_seq(const struct config *config, struct str producer, struct str answer);
/* Asks for the newest so many of its refusals: texts as append.lua has them. */
void cmd_refused(struct argv *c, const struct config *config, struct str group, struct str producer,
                 int64_t most);

/* May the user open a WebSocket, or keep it? The reply is 0, and the group has no rules; or a list
 * of 0, the user's role (text), until when it is muted (Unix ms; 0: it is not, -1: for ever), and
 * the group's settings (text, JSON as in the frame `settings`); or a list of CMD_AGAINST_RULES,
 * "banned" and the milliseconds to wait (0: for ever). */
enum cmd_enter_kind {
    CMD_ENTER, /* with autoJoin the user becomes a member */
    CMD_STAY   /* the user is in already: where others than members may be, it need not be one */
};
struct cmd_enter_args {
    struct str user;
    struct str token;
    struct str group;             /* empty: a group list, which needs no membership */
    const struct address *client; /* NULL: not known */
    enum cmd_enter_kind kind;
};
void cmd_enter(struct argv *c, const struct config *config, const struct cmd_enter_args *args);
/* The newest entries of a group, window of them, and in the same step a mark. Behind those of a
 * first frame none come any more once they have so many bytes. mark 0: there is none; that is for
 * a cluster alone, here as below. */
void cmd_snapshot(struct argv *c, const struct config *config, struct str group, int64_t window,
                  int64_t most_bytes, struct str daemon_id, int64_t mark);
/* What a fastim.v2 client begins with, and in the same step a mark. Makes the group's event log if
 * there is none, and renews it. The reply is a list of
 *   the epoch, the group's position, the number of entries in the list,
 *   1: it is proved that the client has missed what follows and nothing else; 0: it begins anew,
 *   entries, oldest first: those behind the client's position, or the newest ones, window of them
 *   and about so many bytes at most: cmd_list_more() has those before them,
 *   events above the client's position, lowest first: member, number, member, number...
 * A member has the form ANCHOR FRONT FRAME of lib/scripts/prelude_log.lua. */
struct cmd_resume_args {
    struct str group;
    int64_t window, bytes;
    struct str daemon_id;
    int64_t mark;
    struct str epoch; /* of the client; empty: it has no position */
    int64_t at;       /* its position */
};
void cmd_resume(struct argv *c, const struct config *config, const struct cmd_resume_args *args);
/* Some of the user's groups, as SSCAN gives them: a cursor, and ids of which one may come twice. */
enum {
    CMD_GROUPS_STEP = 1000 /* about so many at a time */
};
void cmd_groups(struct argv *c, const struct config *config, struct str user, struct str cursor);
/* Begin, then add each group: one command for all of them. The reply has length and newest entry of
 * each; if the entries are large, only those of the first ones. */
void cmd_summary_begin(struct argv *c, const struct config *config, size_t groups);
void cmd_summary_add(struct argv *c, const struct config *config, struct str group);
/* Begin, then add each group: up to where the user has read it. The reply has for each a ts as a
 * text, or NULL. */
enum {
    CMD_MARKS_STEP = 1000 /* at most so many at a time */
};
void cmd_marks_begin(struct argv *c, const struct config *config, struct str user);
void cmd_marks_add(struct argv *c, struct str group);
/* Begin, then add each group, then for each in the same order how many of its newest entries are
 * wanted. The reply has for each a list of them, newest first, at most half a MiB; if there
 * is much to read, it has only the first groups. */
void cmd_tally_begin(struct argv *c, const struct config *config, size_t groups);
void cmd_tally_add(struct argv *c, const struct config *config, struct str group);
void cmd_tally_add_wanted(struct argv *c, size_t entries);
void cmd_publish(struct argv *c, const struct config *config, struct str daemon_id, int64_t mark);
/* Publishes a mark of 0, which no reading has. The group counts on a cluster alone. */
void cmd_probe(struct argv *c, const struct config *config, struct str group, struct str daemon_id);
/* An event that is stored nowhere, to all daemons with clients in the group. */
void cmd_publish_event(struct argv *c, const struct config *config, struct str group,
                       struct str json);

/* A daemon's users in a group; the presence of the group is told to all daemons if it is due. The
 * reply is a list: of what was told last the number and the ids (NULL: none were told), and the
 * milliseconds after which to report again, as something is not told yet (0: nothing). Ids of users
 * stand as in JSON, without the quotes around each, with slashes between them. */
struct cmd_presence_args {
    struct str group;
    struct str daemon_id;
    size_t users;   /* 0: the daemon has left the group */
    struct str ids; /* empty: too many */
    size_t connections;
    bool ends; /* the daemon ends: its users are gone at once */
};
void cmd_presence(struct argv *c, const struct config *config,
                  const struct cmd_presence_args *args);
/* The daemon lives on for 15 seconds, or ends. The reply is 1 if it had no lease any more: then
 * what it has reported may be gone. any: a number, each time another one. about: what it says of
 * itself for cmd_admin_hosts(), JSON: host (a name), connections, groups (numbers). */
void cmd_lease(struct argv *c, const struct config *config, struct str daemon_id, bool ends,
               int64_t any, struct str about);

/* ---- both programs ---- */

/* A place in a group's list: that of an entry which a piece ended with. */
struct cmd_place {
    int64_t position;
    struct str entry; /* as it stands in the list; its last bytes are enough */
    int64_t step;     /* which entries are wanted: 1 newer, -1 older ones */
    int64_t end;      /* position of the last one that is wanted */
};

enum {
    CMD_PLACE_BYTES = 28
};

/* The next piece, of so many entries and bytes at most (an entry counts as 256 bytes more), again
 * in the form of cmd_list_range(). Checks no login. */
enum {
    CMD_PIECE_BYTES = 131072 /* usually: chat waits behind several of them */
};
void cmd_list_more(struct argv *c, const struct config *config, struct str group,
                   const struct cmd_place *place, int64_t most, int64_t most_bytes);

/* Some of the words that no message may have, as SSCAN gives them: a cursor, and words of which one
 * may come twice. */
enum {
    CMD_WORDS_STEP = 1000 /* about so many at a time */
};
void cmd_words(struct argv *c, const struct config *config, struct str cursor);
/* WATCH, for these words. */
void cmd_watch_words(struct argv *c, const struct config *config);

void cmd_check_login(struct argv *c, const struct config *config, struct str user,
                     struct str token);
/* The first commands on a new connection. Each returns false if it is not needed. */
bool cmd_auth(struct argv *c, const struct config *config);
bool cmd_select(struct argv *c, const struct config *config);
/* Is it a master, as the Sentinels say? */
bool cmd_role(struct argv *c, const struct config *config);
/* Do all programs have this redis.encoding? The first one says so for those to come. Sent as a
 * whole, as no script need be known yet. cmd_encoding_refusal() reads the reply. */
void cmd_encoding(struct argv *c, const struct config *config);
/* Does nothing on a node of a cluster; the reply of any other Redis is an error. */
void cmd_is_cluster(struct argv *c);
/* Asks a node of a cluster what it knows of all of them: a text, for topology_take(). */
void cmd_nodes(struct argv *c);
void cmd_ping(struct argv *c);
void cmd_load(struct argv *c, const struct config *config, enum script_id script);

/* Of the reply to cmd_encoding(): NULL, or why nothing may be read or written here, and what to do:
 * a text that lives for ever. */
const char *cmd_encoding_refusal(struct str answer);

/* ---- fcgi-api ---- */

/* The steps of a login: ask for the wait; then report that it failed, or store the new token.
 * client: an address, or empty. The reply of each is the seconds to wait because of earlier
 * failures; 0: no wait, and the step was carried out. */
void cmd_login_wait(struct argv *c, const struct config *config, struct str user,
                    struct str client);
void cmd_login_failed(struct argv *c, const struct config *config, struct str user,
                      struct str client);
void cmd_login(struct argv *c, const struct config *config, struct str user, struct str client,
               struct str token);

void cmd_join_group(struct argv *c, const struct config *config, struct str user, struct str token,
                    struct str group);
void cmd_list_groups(struct argv *c, const struct config *config, struct str user, struct str token,
                     struct str cursor); /* as cmd_groups() */
/* The entries from position first to last, as LRANGE counts them, but at most so many. Redis gives
 * a piece of them; reply: the position of the last one, the position at which all end (the same: no
 * more are to come), and a list of the entries. */
void cmd_list_range(struct argv *c, const struct config *config, struct str user, struct str token,
                    struct str group, int64_t first, int64_t last, int64_t most);
/* The entries before the message that sender and ts name, newest first, but at most so many. The
 * reply has the same form. */
void cmd_list_before(struct argv *c, const struct config *config, struct str user, struct str token,
                     struct str group, struct str sender, int64_t ts, int64_t most);
/* The same before a ts, which no message need have. sender: whose, if several share it, or empty.
 */
void cmd_list_before_ts(struct argv *c, const struct config *config, struct str user,
                        struct str token, struct str group, struct str sender, int64_t ts,
                        int64_t most);
void cmd_recall(struct argv *c, const struct config *config, struct str user, struct str token,
                struct str group, int64_t ts);

/* The user's role in the group: a text, or NULL. */
void cmd_role_of(struct argv *c, const struct config *config, struct str group, struct str user);

/* ---- fcgi-api, what a user does to itself (commands_user.c) ---- */

/* Ends the login that has this token, and tells all daemons to close the user's connections. */
void cmd_logout(struct argv *c, const struct config *config, struct str user, struct str token);
void cmd_leave_group(struct argv *c, const struct config *config, struct str user, struct str token,
                     struct str group);
/* The user has read the group up to ts; a mark never goes back. */
void cmd_read(struct argv *c, const struct config *config, struct str user, struct str token,
              struct str group, int64_t ts);

/* How many users are online in the group; the reply is a list of that, of ids, as that of
 * cmd_presence() has them, and of the number of connections. */
void cmd_online(struct argv *c, const struct config *config, struct str user, struct str token,
                struct str group);

/* Turns an EVALSHA into the EVAL of the same script, for an answer of NOSCRIPT. Returns false, and
 * leaves c alone, if it is no EVALSHA of ours. */
bool cmd_make_eval(struct argv *c);

/* For the log: what a command does, as its script is called, or its first word; and the first key
 * or channel that it names, empty: none. Both are the command's own, or static. */
struct str cmd_name(const struct argv *c);
struct str cmd_first_key(const struct argv *c);

#endif
