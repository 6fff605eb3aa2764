/* auth.h - may a client come in, and may it stay: login and membership, asked of Redis. */
#ifndef PUSH_CLIENT_AUTH_H
#define PUSH_CLIENT_AUTH_H

#include "lib/config/config.h"

struct auth;
struct loop;
struct commands;
struct session;

struct auth *auth_create(struct loop *loop, const struct config *config, struct commands *commands);
void auth_destroy(struct auth *auth); /* NULL is fine */

/* Asks for a session in SESSION_ENTERING; nothing is read from it meanwhile. on_entered comes, at once
 * or later, if it may; else it is refused: 440, 503, or closed by policy. From then on, with loginAuth,
 * its token is checked again every minute. */
void auth_enter(struct auth *auth, struct session *s, void (*on_entered)(struct session *s));

#endif
