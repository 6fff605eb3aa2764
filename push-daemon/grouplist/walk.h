/* walk.h - goes through the groups of some users, one after the other. */
#ifndef PUSH_GROUPLIST_WALK_H
#define PUSH_GROUPLIST_WALK_H

#include <stdbool.h>
#include <stddef.h>

struct index_group;
struct index_user;

struct group_walk {
    const struct index_user *user; /* a utlist from this one on; NULL: the walk has ended */
    size_t at;                     /* the next one of its groups */
    bool ledgers_only;             /* users without a ledger are passed over */
};

/* Goes to the next group that is wanted. Returns NULL if there is none, or if it is too far to find
 * it now: then the walk has not ended. */
struct index_group *walk_next(struct group_walk *w,
                              bool (*wants)(const void *ctx, const struct index_group *g),
                              const void *ctx);

/* How many groups the users have, a group counting for each of them. */
size_t walk_count(const struct index_user *users);

#endif
