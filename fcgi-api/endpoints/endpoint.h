/* endpoint.h - what one path does: a row of the table, in a file of its own.
 *
 * Nearly every endpoint costs one command to Redis, which checks the login as well: `ask` reads the
 * parameters and builds the command, `answer` makes the response from its reply. An endpoint that
 * needs more commands has `run` instead. handle.c does what is the same for all. */
#ifndef API_ENDPOINTS_ENDPOINT_H
#define API_ENDPOINTS_ENDPOINT_H

#include "fcgi-api/exchange.h"

/* Who may use a path. */
enum endpoint_for {
    FOR_USERS,      /* whoever is logged in, or anybody if http.open lists it */
    FOR_MODERATORS, /* operators; and users, if Redis or a JWT says that they are moderators */
    FOR_OPERATORS,
    FOR_OPERATORS_PLACES, /* whoever comes from where operators may: what asks for their token */
    FOR_ANYBODY           /* no login is looked at */
};

struct endpoint {
    const char *method;
    const char *path; /* {name}: an id, as id_valid() has it */
    enum endpoint_for whom;
    enum store_repeat repeat; /* of ask()'s command */
    /* Builds the command, or finds a fault. NULL: Redis is not asked, answer() gets no reply. */
    void (*ask)(struct exchange *ex);
    void (*answer)(struct exchange *ex, const struct reply *reply);
    /* Instead of both: finds a fault, or does everything. The login was checked before. */
    void (*run)(struct exchange *ex);
};

extern const struct endpoint *const endpoint_table[]; /* all there are; ends in NULL (table.c) */

extern const struct endpoint ep_user_login;
extern const struct endpoint ep_user_join_group;
extern const struct endpoint ep_user_list_group;
extern const struct endpoint ep_user_logout;
extern const struct endpoint ep_user_leave_group;
extern const struct endpoint ep_user_read;
extern const struct endpoint ep_group_list_message;
extern const struct endpoint ep_group_list_old_message;
extern const struct endpoint ep_group_del_message;
extern const struct endpoint ep_group_send_message;
extern const struct endpoint ep_group_online;
extern const struct endpoint ep_client_room;
extern const struct endpoint ep_page_chat;
extern const struct endpoint ep_page_test;
extern const struct endpoint ep_client_fastim;
extern const struct endpoint ep_client_sse;
extern const struct endpoint ep_client_global;
extern const struct endpoint ep_client_admin;
extern const struct endpoint ep_page_admin;
extern const struct endpoint ep_page_fastim_admin;

#endif
