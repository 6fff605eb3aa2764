/* auth.h - may a client come in, and may it stay: login and membership, asked of Redis. */
#ifndef PUSH_CLIENT_AUTH_H
#define PUSH_CLIENT_AUTH_H

struct auth;
struct commands;
struct env;
struct session;

struct auth *auth_create(const struct env *env, struct commands *commands);
void auth_destroy(struct auth *auth); /* NULL is fine */

/* Asks for a session in SESSION_ENTERING; what it sends meanwhile is kept. on_admitted is called, at once
 * or later, if the client may come in. Else it is refused: 440, 503, or closed by policy. From then on,
 * with loginAuth, its token is checked again every minute. */
void auth_enter(struct auth *auth, struct session *s, void (*on_admitted)(struct session *s));

/* Checks the tokens that are due. */
void auth_every_second(struct auth *auth);

#endif
