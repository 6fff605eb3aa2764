/* endpoint.h - what one path does: a row of the table, in a file of its own.
 *
 * Every endpoint costs one command to Redis, login check included: `ask` reads the parameters and builds
 * it, `answer` makes the reply of it. What is the same for all is done in handle.c. */
#ifndef API_ENDPOINT_H
#define API_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "fcgi-api/form.h"
#include "fcgi-api/request.h"
#include "fcgi-api/response.h"
#include "fcgi-api/store.h"
#include "lib/command.h"
#include "lib/config.h"

/* A request on its way through an endpoint. */
struct call {
    const struct config *config;
    const struct request *request;
    const struct form *form;
    struct command *command; /* for ask() to build */
    struct response *response;
    /* For ask(): what is wrong with the parameters; 0: nothing. */
    int fault;
    char fault_msg[200];
    /* For the endpoint's own use between ask() and answer(). */
    char token[40];
    struct str user_info;
};

struct endpoint {
    const char *method;
    const char *path;
    bool open;                /* needs no login */
    enum store_repeat repeat; /* of its command */
    /* NULL: nothing is asked of Redis, answer() gets no reply. */
    void (*ask)(struct call *call);
    void (*answer)(struct call *call, const struct reply *reply);
};

extern const struct endpoint *const endpoint_table[]; /* ends in NULL */

extern const struct endpoint ep_user_login;
extern const struct endpoint ep_user_join_group;
extern const struct endpoint ep_user_list_group;
extern const struct endpoint ep_group_list_message;
extern const struct endpoint ep_group_list_old_message;
extern const struct endpoint ep_group_del_message;
extern const struct endpoint ep_test_websocket;

/* ---- for ask(): parameters; each notes its fault and returns something harmless ---- */

struct str param_text(struct call *call, const char *name); /* may be empty, must be there */
struct str param_id(struct call *call, const char *name);
int64_t param_int(struct call *call, const char *name, int64_t min, int64_t max);

void call_fault(struct call *call, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
