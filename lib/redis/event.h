/* event.h - what one process tells the daemons on the channels of events, as JSON (fastim(7)). */
#ifndef LIB_REDIS_EVENT_H
#define LIB_REDIS_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"

enum event_kind {
    EVENT_UNKNOWN,  /* no event, or one of a later version */
    EVENT_DURABLE,  /* a frame that clients of fastim.v2 get, with a number */
    EVENT_PASSING,  /* one without a number */
    EVENT_CLOSE,    /* {"do":"close",...}: close the connections of a user */
    EVENT_PRESENCE, /* {"do":"presence",...}: who is there */
    EVENT_WORDS     /* {"do":"words"}: fim:words has changed */
};

struct event {
    enum event_kind kind;
    int64_t at;       /* EVENT_DURABLE: its number */
    struct text user; /* EVENT_CLOSE: whose; the caller's to free */
};

/* Close the connections of this user, with this code and reason: {"do":"close",...}. */
void event_add_close(struct text *out, struct str user, int code, const char *reason);

/* A user (key "userId") or an address (key "address", as address_print_home() has it) is banned:
 * close its connections, too. retry_ms: 0 for ever. */
void event_add_ban(struct text *out, const char *key, struct str value, int64_t retry_ms);

/* What a user is or may in a group has changed: {"do":"you",...}. */
void event_add_you(struct text *out, struct str user);

/* What does it tell? Of a frame, all of json is what clients get. e goes to event_fini(). */
void event_read(struct event *e, struct str json);
void event_fini(struct event *e);

/* Who is online in a group: {"do":"presence",…}. ids: as the reply of cmd_presence() has them; p
 * NULL: without ids. */
void event_add_presence(struct text *out, int64_t online, struct str ids);

/* Only its members "online" and "users", with a comma between them. */
void event_add_online(struct text *out, int64_t online, struct str ids);

/* Such ids as a JSON array. */
void event_add_ids(struct text *out, struct str ids);

/* Is it such an event? Then *named says whether it has ids, and take() has got each of them. It may
 * have got some if not. */
bool event_read_presence(struct str event, int64_t *online, bool *named,
                         void (*take)(void *arg, struct str id), void *arg);

#endif
