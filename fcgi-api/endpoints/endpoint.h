/* endpoint.h - what one path does: a row of the table, in a file of its own.
 *
 * Nearly every endpoint costs one command to Redis, login check included: `ask` reads the parameters and builds
 * it, `answer` makes the reply of it. One that needs more asks for itself, in `run`. What is the same for all is
 * done in handle.c. */
#ifndef API_ENDPOINTS_ENDPOINT_H
#define API_ENDPOINTS_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "fcgi-api/http/form.h"
#include "fcgi-api/handle.h"
#include "lib/redis/argv.h"

/* A request on its way through an endpoint. */
struct exchange {
    const struct api *api;
    const struct config *config; /* the api's */
    const struct request *request;
    const struct form *form;
    struct str token;  /* that the user must have; empty: the path is open, none is asked for */
    struct argv *argv; /* to build, and to ask with */
    struct response *response;
    /* What is wrong with the request; 0: nothing. */
    int fault;
    char fault_msg[200];
};

struct endpoint {
    const char *method;
    const char *path;
    enum store_repeat repeat; /* of ask()'s command */
    /* Builds the command, or finds a fault. NULL: nothing is asked of Redis, answer() gets no reply. */
    void (*ask)(struct exchange *ex);
    void (*answer)(struct exchange *ex, const struct reply *reply);
    /* In place of both: finds a fault, or does all by itself. The login was checked. */
    void (*run)(struct exchange *ex);
};

extern const struct endpoint *const endpoint_table[]; /* ends in NULL */

extern const struct endpoint ep_user_login;
extern const struct endpoint ep_user_join_group;
extern const struct endpoint ep_user_list_group;
extern const struct endpoint ep_group_list_message;
extern const struct endpoint ep_group_list_old_message;
extern const struct endpoint ep_group_del_message;
extern const struct endpoint ep_test_websocket;

/* ---- parameters; each notes its fault and returns something harmless ---- */

struct str param_text(struct exchange *ex, const char *name); /* may be empty, must be there */
struct str param_id(struct exchange *ex, const char *name);
int64_t param_int(struct exchange *ex, const char *name, int64_t min, int64_t max);
struct str exchange_user(struct exchange *ex); /* who calls, by the header */

void exchange_fault(struct exchange *ex, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- Redis ---- */

/* Carries out call->command. False: it failed, and the response says so. */
bool exchange_ask(struct exchange *ex, enum store_repeat repeat, const struct reply **reply);

#endif
