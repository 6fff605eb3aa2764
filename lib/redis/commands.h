/* commands.h - each thing that fastim asks of Redis, as a command; the arguments of the scripts are laid
 * out here and in the heads of the files in lib/scripts, nowhere else.
 *
 * Every function clears the command first. Ids and tokens are plain; encoding is done here. */
#ifndef LIB_REDIS_COMMANDS_H
#define LIB_REDIS_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/redis/argv.h"
#include "lib/config/config.h"
#include "lib/scripts.h"
#include "lib/str.h"

/* What a script answers in place of a result. Each script's head says which of them it gives. */
enum cmd_refusal {
    CMD_NOT_LOGGED_IN = -1,
    CMD_TOO_LATE = -2, /* append: its time is over; recall: the message is too old */
    CMD_MISSING = -3,  /* append: an earlier one is missing; history, recall: no such message */
    CMD_NOT_JOINED = -4
};

/* A message to store. user, info: UTF-8. */
struct cmd_append_args {
    struct str group;
    struct str user;
    struct str info;
    struct str token;  /* empty: no login check */
    struct str writer; /* name of this daemon's run of append numbers */
    int64_t number;    /* one more than the append before it in the run */
    int64_t not_after; /* Unix milliseconds on Redis' clock; later, nothing is stored */
};

/* push-daemon */
void cmd_append(struct argv *c, const struct config *config, const struct cmd_append_args *call);
void cmd_appended(struct argv *c, const struct config *config, struct str writer);
void cmd_enter(struct argv *c, const struct config *config, struct str user, struct str token,
               struct str group); /* group empty: the login check alone */
void cmd_snapshot(struct argv *c, const struct config *config, struct str group, int64_t window,
                  struct str daemon, int64_t mark);
void cmd_groups(struct argv *c, const struct config *config, struct str user);
/* Begin, then add each group: one command for all of them. */
void cmd_summary_begin(struct argv *c, size_t groups);
void cmd_summary_add(struct argv *c, const struct config *config, struct str group);
void cmd_publish(struct argv *c, const struct config *config, struct str daemon, int64_t mark);

/* Both programs */
void cmd_check_login(struct argv *c, const struct config *config, struct str user,
                     struct str token);
/* What a new connection begins with. False: this is not needed. */
bool cmd_auth(struct argv *c, const struct config *config);
bool cmd_select(struct argv *c, const struct config *config);
bool cmd_role(struct argv *c,
              const struct config *config); /* is it a master, as the Sentinels say? */
void cmd_ping(struct argv *c);
void cmd_load(struct argv *c, enum script_id script);

/* fcgi-api */
/* A login: is there a wait, then it failed or is granted. client: an address, or empty. Each answers the
 * seconds to wait because of earlier failures; 0: none, and it was carried out. */
void cmd_login_wait(struct argv *c, const struct config *config, struct str user,
                    struct str client);
void cmd_login_failed(struct argv *c, const struct config *config, struct str user,
                      struct str client);
void cmd_login(struct argv *c, const struct config *config, struct str user, struct str client,
               struct str token);

/* The rest: an empty token stands for "no login is asked for". */
void cmd_join_group(struct argv *c, const struct config *config, struct str user, struct str token,
                    struct str group);
void cmd_list_groups(struct argv *c, const struct config *config, struct str user,
                     struct str token);
void cmd_list_range(struct argv *c, const struct config *config, struct str user, struct str token,
                    struct str group, int64_t first, int64_t last, int64_t most);
void cmd_list_before(struct argv *c, const struct config *config, struct str user, struct str token,
                     struct str group, struct str sender, int64_t ts, int64_t count);
void cmd_recall(struct argv *c, const struct config *config, struct str user, struct str token,
                struct str group, int64_t ts);

/* Is c an EVALSHA? Then makes it the EVAL of the same script, for an answer of NOSCRIPT. */
bool cmd_make_eval(struct argv *c);

#endif
