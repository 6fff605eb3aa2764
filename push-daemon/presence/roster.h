/* roster.h - what the clients of a group were told last of who is online: a number, and perhaps
 * ids.
 *
 * The ids are sorted by their bytes, so two rosters are compared in one pass. */
#ifndef PUSH_PRESENCE_ROSTER_H
#define PUSH_PRESENCE_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"

/* All zero: nothing is known yet. */
struct roster {
    bool known;
    bool named; /* ids are told */
    int64_t online;
    struct text ids; /* sorted, a slash behind each */
};

void roster_fini(struct roster *r); /* it may be used again, nothing being known */

/* Takes an event of presence (lib/redis/event.h). Returns true if that is another state than a
 * known one: then frame, which is empty, gets what clients are to be told. */
bool roster_take(struct roster *r, struct str event, struct text *frame);

/* Adds "online":17,"users":["3","7"], the latter if ids are told. */
void roster_add_state(const struct roster *r, struct text *out);

#endif
