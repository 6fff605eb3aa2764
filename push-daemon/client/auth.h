/* auth.h - may a client come in, and may it stay: login, membership and bans, asked of Redis.
 *
 * All of it is one question, of enter.lua. It is asked when a client comes, each minute, when it
 * brings another token, and soon after the subscription was away. Its answer tells the rules of the
 * group as well: what the user is in it, and its settings. */
#ifndef PUSH_CLIENT_AUTH_H
#define PUSH_CLIENT_AUTH_H

#include "push-daemon/client/auth_settings.h"

struct auth;
struct env;
struct nodes;
struct session;
struct sessions;

struct auth *auth_create(const struct env *env, struct nodes *nodes,
                         const struct sessions *sessions);
void auth_destroy(struct auth *auth); /* NULL is fine */

/* Who keeps the settings of groups is told them. */
void auth_use_settings(struct auth *auth, const struct auth_settings *settings);

/* Asks Redis whether a session in SESSION_ENTERING may come in. What the client sends meanwhile is
 * kept. If it may, on_admitted is called, at once or later, and it is asked again every minute. If
 * not, it is refused: 440, 403, 503, or closed by policy. */
void auth_enter(struct auth *auth, struct session *s, void (*on_admitted)(struct session *s));

/* The client has brought another token: checks it now. Calls on_renewed if it is valid, or if that
 * is not known; else the session is closed. */
void auth_renew(struct auth *auth, struct session *s, void (*on_renewed)(struct session *s));

/* Asks again now; at a random moment of the next seconds, with many others. Fine for any session.
 */
void auth_recheck_now(struct auth *auth, struct session *s);
void auth_recheck_soon(struct auth *auth, struct session *s);

/* Asks about those that are due. */
void auth_every_second(struct auth *auth);

#endif
