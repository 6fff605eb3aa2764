/* auth.h - may a client come in, and may it stay: login and membership, asked of Redis. */
#ifndef PUSH_CLIENT_AUTH_H
#define PUSH_CLIENT_AUTH_H

#include "lib/str.h"

struct auth;
struct commands;
struct env;
struct session;
struct sessions;

struct auth *auth_create(const struct env *env, struct commands *commands,
                         const struct sessions *sessions);
void auth_destroy(struct auth *auth); /* NULL is fine */

/* Asks Redis whether a session in SESSION_ENTERING may come in. What the client sends meanwhile is
 * kept. If it may, on_admitted is called, at once or later, and with loginAuth its token is checked
 * again every minute. If not, it is refused: 440, 503, or closed by policy. */
void auth_enter(struct auth *auth, struct session *s, void (*on_admitted)(struct session *s));

/* The client has brought another token: checks it now. Calls on_renewed if it is valid, or if that
 * is not known; else the session is closed. */
void auth_renew(struct auth *auth, struct session *s, void (*on_renewed)(struct session *s));

/* Somebody has logged out: checks this user's tokens at once. */
void auth_on_logout(struct auth *auth, struct str user);

/* Checks the tokens that are due. */
void auth_every_second(struct auth *auth);

#endif
