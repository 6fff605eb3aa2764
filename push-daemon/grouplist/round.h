/* round.h - asks Redis what is new in the groups of some users.
 *
 * A round goes in steps, so that Redis never has many questions at a time. First come those for the
 * groups of the users; then, one at a time, those for each group (summaries.h). So a round costs
 * users plus groups, never users times groups. */
#ifndef PUSH_GROUPLIST_ROUND_H
#define PUSH_GROUPLIST_ROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;
struct group_index;
struct index_user;
struct nodes;
struct round;

enum {
    ROUND_STEP_USERS = 100 /* asked for in one step */
};

/* All arguments are the caller's. on_end: a round of these users has ended; whole: all was
 * answered. */
struct round *round_create(const struct env *env, struct nodes *nodes, struct group_index *index,
                           void (*on_end)(void *ctx, struct index_user *users, bool whole),
                           void *ctx);
void round_destroy(struct round *r); /* NULL is fine */

/* users: a utlist of them, none of which is in another round. Until the end it is the round's, and
 * the caller drops none of them. */
void round_begin(struct round *r, struct index_user *users);
bool round_is_running(const struct round *r);

/* How long to wait after the last round, so that a tenth of Redis' time goes into such rounds if
 * one follows the other. */
int64_t round_rest_ms(const struct round *r);

#endif
