/* round.h - asks Redis what is new in the groups of all users.
 *
 * A round goes in steps, so that Redis never has many questions at a time. First come those for the
 * groups of the users; then, one at a time, those for each group, and for a message behind a newest
 * entry that is none. So a round costs users plus groups, never users times groups. */
#ifndef PUSH_GROUPLIST_ROUND_H
#define PUSH_GROUPLIST_ROUND_H

#include <stdbool.h>
#include <stdint.h>

struct commands;
struct env;
struct group_index;
struct round;

/* All arguments are the caller's. on_end: a round has ended; whole: all was answered. As long as
 * one is running the caller drops no user. */
struct round *round_create(const struct env *env, struct commands *commands,
                           struct group_index *index, void (*on_end)(void *ctx, bool whole),
                           void *ctx);
void round_destroy(struct round *r); /* NULL is fine */

void round_begin(struct round *r);
bool round_is_running(const struct round *r);
uint64_t round_number(const struct round *r); /* of the one that runs, or ran last */

#endif
