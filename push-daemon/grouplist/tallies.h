/* tallies.h - asks Redis for the newest entries of groups whose unread messages are counted.
 *
 * Only if a group has changed, and then only for what is new, if that can be: a hundred groups at a
 * time, half a MiB at most. One question is under way at a time. */
#ifndef PUSH_GROUPLIST_TALLIES_H
#define PUSH_GROUPLIST_TALLIES_H

#include <stdbool.h>
#include <stdint.h>

struct env;
struct group_index;
struct index_user;
struct nodes;
struct tallies;

/* All arguments are the caller's. on_answer: as that of summaries_create(). */
struct tallies *tallies_create(const struct env *env, struct nodes *nodes,
                               void (*on_answer)(void *ctx, bool ok), void *ctx);
void tallies_destroy(struct tallies *t); /* NULL is fine */

/* As those of summaries.h, for the users that have a ledger; index: knows whether one has. The
 * summaries of their groups are known by then. */
void tallies_begin(struct tallies *t, const struct group_index *index,
                   const struct index_user *users, uint64_t number);
void tallies_stop(struct tallies *t);
bool tallies_ask(struct tallies *t);
bool tallies_is_open(const struct tallies *t);
bool tallies_is_done(struct tallies *t);

#endif
