/* exchange.h - one request on its way to its response: its parameters, its command, its fault.
 *
 * The parameters belong here because each of them notes its own fault. */
#ifndef API_EXCHANGE_H
#define API_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "fcgi-api/http/form.h"
#include "fcgi-api/http/request.h"
#include "fcgi-api/http/response.h"
#include "fcgi-api/login/login.h"
#include "fcgi-api/review/review.h"
#include "fcgi-api/store/store.h"
#include "fcgi-api/words/words.h"
#include "lib/config/config.h"
#include "lib/redis/argv.h"
#include "lib/redis/standing.h"
#include "lib/str.h"

/* Whoever makes it owns what it points to. */
struct exchange {
    const struct config *config;
    struct store *store;
    struct login *login;
    struct words *words;   /* NULL: there is no filter */
    struct review *review; /* NULL: the site is not asked */
    const struct request *request;
    const struct form *form;
    /* That request->user must have. Empty: Redis is not asked, as the path is open to all or as the
     * token was a JWT, of which these are the claims (NULL: it was none). */
    struct str token;
    const struct jwt_claims *claims;
    struct str
        operator_name;  /* the name of the operator that it is from; empty: it is from a user */
    bool not_logged_in; /* this is not the user's token */
    struct argv *argv;  /* the command to Redis: to be built, then asked */
    struct response *response;
    int fault;       /* code of the first thing wrong with the request; 0: nothing */
    bool has_reason; /* it is one that the client is to tell from others, by this word: */
    char reason[33];
    char fault_msg[300]; /* UTF-8 */
};

/* Notes what is wrong with the request. Only the first fault counts. */
void exchange_fault(struct exchange *ex, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, and data tells the reason, a word of at most 32 bytes. */
void exchange_fault_for(struct exchange *ex, int code, const char *reason, const char *msg);

/* The same for what the group or the site does not allow: code 100, the reason as msg, too. */
void exchange_refuse(struct exchange *ex, const char *reason);
/* Makes the fault the response. */
void exchange_say_fault(struct exchange *ex);

/* ---- parameters: each notes its fault, and then returns something harmless ---- */

/* Must be there, may be empty. Valid UTF-8 without NUL (form.c). */
struct str exchange_text(struct exchange *ex, const char *name);
struct str exchange_id(struct exchange *ex, const char *name); /* as id_valid() has it */
/* The parameter groupId. If the user has come with a JWT that is not for this group, that is a
 * fault with this code: CODE_REFUSED or CODE_NOT_ALLOWED. */
struct str exchange_group(struct exchange *ex, int code);
/* A whole number from min to max; min if there is a fault. */
int64_t exchange_int(struct exchange *ex, const char *name, int64_t min, int64_t max);
struct str exchange_user(struct exchange *ex); /* the header userId */
/* The text of a message: not empty, and of at most im.groupMessage.maxMessageBytes. */
struct str exchange_info(struct exchange *ex);
/* The id of a send; empty if there is none. */
struct str exchange_send_id(struct exchange *ex);

/* May the user use this group, as far as a JWT is concerned? */
bool exchange_may_use(const struct exchange *ex, struct str group);

/* ---- Redis ---- */

/* Has the user no role in the group, so that the word filter and such rules are for it? A role of
 * a JWT is known; for one of Redis that is asked, if the user may have one at all. If Redis cannot
 * say, that is a fault, and the user counts as ordinary. */
bool exchange_is_ordinary(struct exchange *ex, struct str group, enum cmd_standing standing);

/* Sends ex->argv. *reply lives until the next command. Returns false if that failed; the response
 * then says so. */
bool exchange_ask(struct exchange *ex, enum store_repeat repeat, const struct reply **reply);

#endif
