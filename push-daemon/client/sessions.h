/* sessions.h - all clients: their number, their pings, and the end of the closed ones.
 *
 * Nothing is freed inside a callback: a closed session is freed at the end of the loop's turn. */
#ifndef PUSH_CLIENT_SESSIONS_H
#define PUSH_CLIENT_SESSIONS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/config/config.h"

struct admission;
struct loop;
struct metrics;
struct session;
struct sessions;

struct sessions *sessions_create(struct loop *loop, const struct config *config,
                                 struct admission *admission, struct metrics *metrics);
void sessions_destroy(struct sessions *all); /* all must be closed; NULL is fine */

size_t sessions_count(const struct sessions *all); /* those with a connection */
/* Closes of the open ones so many that at most `most` stay; those that have read all go first. Nothing more is
 * taken from them; who has sent messages is closed by a later call, when these have come back. */
void sessions_dismiss_down_to(struct sessions *all, size_t most, int code, const char *reason);
void sessions_close_all(struct sessions *all, int code, const char *reason); /* at once */
int64_t sessions_now_ms(const struct sessions *all);
struct admission *sessions_door(const struct sessions *all);
struct metrics *sessions_metrics(const struct sessions *all);
size_t sessions_max_message(const struct sessions *all); /* bytes */

/* For session.c: a new one (which gets its id), one that is to be looked at in so many seconds, one
 * whose connection is gone, and one that nobody holds any more. */
void sessions_add(struct sessions *all, struct session *s);
void sessions_look_at(struct sessions *all, struct session *s, unsigned seconds);
void sessions_remove(struct sessions *all, struct session *s);
void sessions_reap(struct sessions *all, struct session *s);

#endif
