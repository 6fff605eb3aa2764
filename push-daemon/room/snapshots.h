/* snapshots.h - the snapshots under way, and the marks that they publish. */
#ifndef PUSH_ROOM_SNAPSHOTS_H
#define PUSH_ROOM_SNAPSHOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"

struct commands;
struct env;
struct snapshot;
struct snapshots;

/* node_id: this daemon's name at Redis; the marks come on its channel. All arguments outlive
 * the result. */
struct snapshots *snapshots_create(const struct env *env, struct commands *commands,
                                   struct str node_id);
void snapshots_destroy(struct snapshots *all); /* those under way as well; NULL is fine */

/* Asks for s->window entries of the group. on_mark and on_answer will come in either order;
 * on_answer also if the reply is lost. The owner destroys the snapshot, but not before
 * on_answer. False: Redis cannot be asked now; the snapshot stays the caller's. */
bool snapshots_request(struct snapshots *all, struct snapshot *s, struct str group);

/* The owner does not want it any more. Neither callback will come; it is destroyed. */
void snapshots_abandon(struct snapshots *all, struct snapshot *s);

/* A mark came over the subscription. */
void snapshots_on_mark(struct snapshots *all, int64_t mark);

#endif
