/* users.h - the users of one group on this daemon: each once, however many connections it has.
 *
 * A user whose last connection goes stays for a while. So who reconnects has never been away. */
#ifndef PUSH_PRESENCE_USERS_H
#define PUSH_PRESENCE_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"

struct user;

/* All zero: none. */
struct users {
    struct user *by_id;
    size_t connections; /* of all of them */
};

/* The users of all groups whose last connection has gone, in the order in which it went. */
struct users_away {
    struct user *first;
};

/* A connection of this user came. Returns true if the user is new. */
bool users_enter(struct users *u, struct str id, struct users_away *away);

/* A connection of this user went, now. If it was the last one, the user is away. An unknown user
 * has none: nothing happens. */
void users_leave(struct users *u, struct str id, struct users_away *away, int64_t now_ms);

/* Removes those that went before that time, so many at most; changed() gets the users that each of
 * them was one of, and may free these. */
void users_expire(struct users_away *away, int64_t since_ms, size_t most,
                  void (*changed)(struct users *of));

size_t users_count(const struct users *u);

/* Adds their ids, as cmd_presence() wants them. */
void users_add_ids(const struct users *u, struct text *out);

/* Removes all of them, but not from the list of those that are away. */
void users_fini(struct users *u);

#endif
