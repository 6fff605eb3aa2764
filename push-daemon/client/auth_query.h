/* auth_query.h - a question to Redis about one session: may it be there, and what is its user? For
 * auth.c and auth_events.c. */
#ifndef PUSH_CLIENT_AUTH_QUERY_H
#define PUSH_CLIENT_AUTH_QUERY_H

#include <stdint.h>

#include "lib/redis/argv.h"
#include "lib/redis/commands.h"
#include "lib/str.h"
#include "push-daemon/client/auth_settings.h"
#include "push-daemon/core/timer_wheel.h"

struct env;
struct nodes;
struct reply;
struct session;
struct sessions;
struct spread;

struct auth {
    const struct env *env;
    struct nodes *nodes;
    const struct sessions *sessions;
    struct auth_settings settings;
    struct timer_wheel rechecks;
    struct spread *soon; /* holds those whose recheck is due earlier */
    struct argv argv;
};

/* Lives until Redis has answered. */
struct auth_query {
    struct auth *auth;
    struct session *session;         /* a reference */
    uint64_t version;                /* of its group's settings when it was asked */
    void (*then)(struct session *s); /* if Redis says yes; or NULL */
};

/* The token to be checked; empty: none is. */
struct str auth_token(const struct auth *auth, const struct session *s);

/* Sends the question. client NULL: bans of addresses do not matter. False: Redis is away; then fn
 * is not called, and the caller ends the query. */
struct auth_query *auth_query_begin(struct auth *auth, struct session *s,
                                    void (*then)(struct session *s));
bool auth_query_send(struct auth_query *q, struct str token, const struct address *client,
                     enum cmd_enter_kind kind, void (*fn)(void *arg, const struct reply *reply));
void auth_query_end(struct auth_query *q);

/* Uses an answer that is a yes: notes what it says of the session's user, and tells the client, if
 * it is in and that has changed. */
void auth_query_note(struct session *s, const struct reply *reply, bool is_told);

/* Uses what such an answer says of the group's settings. */
void auth_query_hand_on_settings(const struct auth_query *q, const struct reply *reply);

#endif
