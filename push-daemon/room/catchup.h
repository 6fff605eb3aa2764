/* catchup.h - the members of a room get what they missed while the subscription was down. */
#ifndef PUSH_ROOM_CATCHUP_H
#define PUSH_ROOM_CATCHUP_H

#include <stdbool.h>
#include <stdint.h>

struct room;
struct snapshot;
struct sync;

/* How many entries to read at first: back to the oldest that the members are known to have. */
int64_t catchup_window(const struct sync *sync);

/* Puts what was missed into the log, and behind it what was held (sync.h). False: the snapshot does not
 * reach back to what the members have; another, wider one is to be made. */
bool catchup_run(struct room *room, struct snapshot *s);

/* Is this message one that was caught up with, and whose PUBLISH comes only now? Then it is not to be
 * delivered again. */
bool catchup_had(struct room *room, uint64_t hash);

#endif
