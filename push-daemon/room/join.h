/* join.h - those who wait in a room get their first frame, and become members. */
#ifndef PUSH_ROOM_JOIN_H
#define PUSH_ROOM_JOIN_H

#include <stdbool.h>

struct cohort;
struct room;
struct snapshot;

/* Who is let in by this snapshot, and what of it may still come by PUBLISH. To be made before the
 * snapshot is used for anything else; the caller holds one reference. */
struct cohort *join_cohort(const struct room *room, const struct snapshot *s);

/* Lets in all who wait. Not done where the snapshot is too short for the first frame, or the log has
 * lost what came since its mark: they go on waiting for another one. */
void join_admit(struct room *room, struct snapshot *s, struct cohort *cohort);

#endif
