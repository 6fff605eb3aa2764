/* event.h - what one process tells the daemons on the channels of events, as JSON. */
#ifndef LIB_REDIS_EVENT_H
#define LIB_REDIS_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"

/* Close the connections of this user, with this code and reason: {"do":"close",…}. */
void event_add_close(struct text *out, struct str user, int code, const char *reason);

/* Is it such an event? Then the user is added to user. */
bool event_read_close(struct str event, struct text *user);

/* Who is online in a group: {"do":"presence",…}. ids: as the reply of cmd_presence() has them; p
 * NULL: without ids. */
void event_add_presence(struct text *out, int64_t online, struct str ids);

/* Only its members "online" and "users", with a comma between them. */
void event_add_online(struct text *out, int64_t online, struct str ids);

/* Is it such an event? Then *named says whether it has ids, and take() has got each of them. It may
 * have got some if not. */
bool event_read_presence(struct str event, int64_t *online, bool *named,
                         void (*take)(void *arg, struct str id), void *arg);

#endif
