/* sessions.h - all clients of a daemon: their number, their pings, and the end of each. */
#ifndef PUSH_CLIENT_SESSIONS_H
#define PUSH_CLIENT_SESSIONS_H

#include <stddef.h>

#include "push-daemon/core/close_reason.h"

struct admission;
struct env;
struct session;
struct session_kind;
struct sessions;
struct ws;
struct ws_request;

struct sessions *sessions_create(const struct env *env, struct admission *admission);
void sessions_destroy(struct sessions *all); /* all must be closed; NULL is fine */

/* A new session, counted and with its ticket; ctx is the kind's own. */
struct session *sessions_open(struct sessions *all, struct ws *ws, const struct ws_request *request,
                              const struct session_kind *kind, void *ctx);

/* Pings those that are due, and closes those whose time is over. */
void sessions_every_second(struct sessions *all);

size_t sessions_count(const struct sessions *all); /* those with a connection */

/* Closes as many of the open ones as are more than max; those that have read all go first. Nothing more is
 * read from them. One that has sent messages is closed by a later call, when these have come back. */
void sessions_drain_to(struct sessions *all, size_t max, enum close_reason reason);
void sessions_close_all(struct sessions *all, enum close_reason reason); /* at once */

#endif
