/* numbered.h - a message as clients of fastim.v2 get it, and what it does to their position. */
#ifndef PUSH_RESUME_NUMBERED_H
#define PUSH_RESUME_NUMBERED_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"

/* Adds the frame's JSON. message: in our own form, with that ts. *at: the position in front of it,
 * then behind it. redis_ms: Redis' clock.
 *
 * Returns false if the message is late: its ts is not above the position, or a day ahead of Redis'
 * clock. Only messages of other writers are. Such a frame carries the position, which stays. */
bool numbered_add(struct text *out, struct str message, int64_t ts, int64_t *at, int64_t redis_ms);

#endif
