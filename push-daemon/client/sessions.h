/* sessions.h - all clients of a daemon: their number, their pings, and the end of each. */
#ifndef PUSH_CLIENT_SESSIONS_H
#define PUSH_CLIENT_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"
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

/* Pings the clients that are due, and closes those whose time is over. */
void sessions_every_second(struct sessions *all);

/* Something came of it (struct ws_handlers). If it is above its rate, it is read no further. */
void sessions_on_frame(struct session *s);

/* May it send a message of so many bytes now? False: its user or its address is above its rate, and
 * it is read no further for a moment. */
bool sessions_take_message(struct sessions *all, struct session *s, size_t bytes);

/* The same question, without a count; if not, it is read no further for a moment. */
bool sessions_may_send(struct sessions *all, struct session *s, size_t bytes);

/* What it asked for has cost so many bytes: they count for its rates. */
void sessions_charge(struct sessions *all, struct session *s, size_t bytes);

/* fastim.v2: tells all clients that the daemon stops within that time. */
void sessions_announce_drain(struct sessions *all, int64_t span_ms);

/* Frames that wait for clients may take 32 MiB together, each counted once. Above that, clients are
 * closed: those first that have taken nothing for the longest time. Call it once a turn. */
enum {
    SESSIONS_FRAMES_MAX = 32 << 20
};
void sessions_bound_frames(struct sessions *all);

/* Calls fn for each session that has a connection. It may close sessions. */
void sessions_each(const struct sessions *all, void (*fn)(void *arg, struct session *s), void *arg);

/* Calls fn for each session of this user. */
void sessions_each_of(const struct sessions *all, struct str user,
                      void (*fn)(void *arg, struct session *s), void *arg);

size_t sessions_count(const struct sessions *all); /* that have a connection */

/* Closes open sessions until max are left. Clients that have read all go first. A client whose
 * messages are under way is not closed but read no further; a later call closes it, when they
 * have come back. */
void sessions_drain_to(struct sessions *all, size_t max, enum close_reason reason);
void sessions_close_all(struct sessions *all, enum close_reason reason); /* at once */

#endif
