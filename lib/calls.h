/* calls.h - each thing that fastim asks of Redis, as a command; the arguments of the scripts are laid
 * out here and in the heads of the files in lib/scripts, nowhere else.
 *
 * Every function clears the command first. Ids and tokens are plain; encoding is done here. */
#ifndef LIB_CALLS_H
#define LIB_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/command.h"
#include "lib/config.h"
#include "lib/scripts.h"
#include "lib/str.h"

/* What a script answers in place of a result. Each script's head says which of them it gives. */
enum call_refusal {
    CALL_NOT_LOGGED_IN = -1,
    CALL_TOO_LATE = -2, /* append: its time is over; recall: the message is too old */
    CALL_MISSING = -3,  /* append: an earlier one is missing; history, recall: no such message */
    CALL_NOT_JOINED = -4
};

/* A message to store. user, info: UTF-8. */
struct append_call {
    struct str group;
    struct str user;
    struct str info;
    struct str token;  /* empty: no login check */
    struct str writer; /* name of this daemon's run of append numbers */
    int64_t number;    /* one more than the append before it in the run */
    int64_t not_after; /* Unix milliseconds on Redis' clock; later, nothing is stored */
};

/* push-daemon */
void call_append(struct command *c, const struct config *config, const struct append_call *call);
void call_appended(struct command *c, const struct config *config, struct str writer);
void call_enter(struct command *c, const struct config *config, struct str user, struct str token,
                struct str group); /* group empty: the login check alone */
void call_snapshot(struct command *c, const struct config *config, struct str group, int64_t window,
                   struct str daemon, int64_t mark);
void call_groups(struct command *c, const struct config *config, struct str user);
/* Begin, then add each group: one command for all of them. */
void call_summary_begin(struct command *c, size_t groups);
void call_summary_add(struct command *c, const struct config *config, struct str group);
void call_publish(struct command *c, const struct config *config, struct str daemon, int64_t mark);

/* Both programs */
void call_check_login(struct command *c, const struct config *config, struct str user,
                      struct str token);
/* What a new connection begins with. False: this is not needed. */
bool call_auth(struct command *c, const struct config *config);
bool call_select(struct command *c, const struct config *config);
bool call_role(struct command *c,
               const struct config *config); /* is it a master, as the Sentinels say? */
void call_ping(struct command *c);
void call_load(struct command *c, enum script_id script);

/* fcgi-api */
/* A login: is there a wait, then it failed or is granted. client: an address, or empty. Each answers the
 * seconds to wait because of earlier failures; 0: none, and it was carried out. */
void call_login_wait(struct command *c, const struct config *config, struct str user,
                     struct str client);
void call_login_failed(struct command *c, const struct config *config, struct str user,
                       struct str client);
void call_login(struct command *c, const struct config *config, struct str user, struct str client,
                struct str token);

/* The rest: an empty token stands for "no login is asked for". */
void call_join_group(struct command *c, const struct config *config, struct str user,
                     struct str token, struct str group);
void call_list_groups(struct command *c, const struct config *config, struct str user,
                      struct str token);
void call_list_range(struct command *c, const struct config *config, struct str user,
                     struct str token, struct str group, int64_t first, int64_t last, int64_t most);
void call_list_before(struct command *c, const struct config *config, struct str user,
                      struct str token, struct str group, struct str sender, int64_t ts,
                      int64_t count);
void call_recall(struct command *c, const struct config *config, struct str user, struct str token,
                 struct str group, int64_t ts);

/* Is c an EVALSHA? Then makes it the EVAL of the same script, for an answer of NOSCRIPT. */
bool call_make_eval(struct command *c);

#endif
