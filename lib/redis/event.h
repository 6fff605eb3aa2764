/* event.h - what one process tells the daemons on the channels of events, as JSON. */
#ifndef LIB_REDIS_EVENT_H
#define LIB_REDIS_EVENT_H

#include <stdbool.h>

#include "lib/str.h"
#include "lib/text.h"

/* Close the connections of this user, with this code and reason: {"do":"close",…}. */
void event_add_close(struct text *out, struct str user, int code, const char *reason);

/* Is it such an event? Then the user is added to user. */
bool event_read_close(struct str event, struct text *user);

#endif
