/* summaries.h - asks Redis for length and newest message of the groups of some users.
 *
 * A hundred groups at a time, half a MiB at most; groups that got no answer are asked for again. If
 * the newest entry is no message, one is looked for behind it. One question is under way at a
 * time; on a cluster those about a hundred groups, and what no node tells stays as it was. */
#ifndef PUSH_GROUPLIST_SUMMARIES_H
#define PUSH_GROUPLIST_SUMMARIES_H

#include <stdbool.h>
#include <stdint.h>

struct env;
struct group_index;
struct index_user;
struct nodes;
struct summaries;

/* All arguments are the caller's. on_answer: a question is answered; ok: and the next one can be
 * asked. */
struct summaries *summaries_create(const struct env *env, struct nodes *nodes,
                                   struct group_index *index, void (*on_answer)(void *ctx, bool ok),
                                   void *ctx);
void summaries_destroy(struct summaries *s); /* NULL is fine */

/* The groups of these users are to be asked for, each once a round. Users and groups stay as they
 * are until all is done, or stopped. number: of the round. */
void summaries_begin(struct summaries *s, struct index_user *users, uint64_t number);
void summaries_stop(struct summaries *s);

/* Asks the next question, if there is one. Returns false if it cannot be asked. */
bool summaries_ask(struct summaries *s);
bool summaries_is_open(const struct summaries *s); /* a question is under way */
bool summaries_is_done(struct summaries *s);       /* there is no further question */

#endif
