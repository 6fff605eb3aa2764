/* event.h - what one process tells the daemons on the channels of events, as JSON (fastim(7)). */
#ifndef LIB_REDIS_EVENT_H
#define LIB_REDIS_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/config/address.h"
#include "lib/str.h"
#include "lib/text.h"

enum event_kind {
    EVENT_UNKNOWN,  /* no event, or one of a later version */
    EVENT_DURABLE,  /* a frame that clients of fastim.v2 get, with a number */
    EVENT_PASSING,  /* one without a number */
    EVENT_SETTINGS, /* such a frame, which tells all settings of the group */
    EVENT_CLOSE,    /* {"do":"close",...}: a user's login has ended */
    EVENT_BAN,      /* {"do":"close",...,"code":403,...}: a user or an address is banned */
    EVENT_YOU,      /* {"do":"you",...}: what a user is in the group has changed */
    EVENT_PRESENCE, /* {"do":"presence",...}: who is there */
    EVENT_WORDS     /* {"do":"words"}: fim:words has changed */
};

struct event {
    enum event_kind kind;
    int64_t at;             /* EVENT_DURABLE: its number */
    struct str settings;    /* EVENT_SETTINGS: a JSON object; it lies in what was read */
    struct text user;       /* EVENT_CLOSE, EVENT_BAN, EVENT_YOU: whose; the caller's to free */
    struct address address; /* EVENT_BAN without a user: all that share its home */
    int64_t retry_ms;       /* EVENT_BAN: how long it lasts; 0: for ever */
};

/* Close the connections of this user, with this code and reason: {"do":"close",...}. */
void event_add_close(struct text *out, struct str user, int code, const char *reason);

/* A user (key "userId") or an address (key "address", as address_print_home() has it) is banned:
 * close its connections, too. retry_ms: 0 for ever. */
void event_add_ban(struct text *out, const char *key, struct str value, int64_t retry_ms);

/* What a user is or may in a group has changed: {"do":"you",...}. */
void event_add_you(struct text *out, struct str user);

/* Settings of a group: the frame that clients get. settings: a JSON object. */
void event_add_settings(struct text *out, struct str settings);

/* May clients get this JSON as it is, in a line? */
bool event_may_be_passed_on(struct str json);

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
