/* subscriber.h - a subscription at one master: to the channels of groups that the daemon serves.
 *
 * Of each group it hears two: messages and events. It also hears the channel of events for all
 * daemons, and one of the daemon's own. Marks come on that one: numbers that the command connection
 * published, in order with all messages (see sync/sync.h). A probe sent there every second tells a
 * dead subscription from a quiet one.
 *
 * On a cluster a channel is heard at the node of its slot alone. So there marks come on a channel
 * of the daemon and a group, beside the two of that group; and the channel for all daemons is
 * subscribed to as that of a group without a name, where its slot is. */
#ifndef PUSH_REDIS_SUBSCRIBER_H
#define PUSH_REDIS_SUBSCRIBER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/str.h"
#include "push-daemon/redis/subscriber_events.h"

struct argv;
struct loop;
struct subscriber;
struct place;
struct redis_addr;

enum {
    SUBSCRIBER_PROBE_MARK = 0,   /* the mark of a probe; all others are greater */
    SUBSCRIBER_SILENCE_MS = 3500 /* dead if nothing came for so long, although it was probed */
};

/* place: that of a master of a cluster; NULL: as the settings say. daemon_id: this daemon's name,
 * kept by the caller. NULL as in conn_create(). */
struct subscriber *subscriber_create(struct loop *loop, const struct config *config,
                                     const struct place *place, struct str daemon_id,
                                     const struct subscriber_events *events, void *ctx);
void subscriber_start(struct subscriber *s);
void subscriber_destroy(struct subscriber *s);

/* A group stays added when the connection comes back: it is subscribed to again. */
void subscriber_add(struct subscriber *s, struct str group);
void subscriber_remove(struct subscriber *s, struct str group);

/* Drops the connection if it leads to another address. */
void subscriber_follow(struct subscriber *s, const struct redis_addr *addr);
bool subscriber_is_up(const struct subscriber *s);
/* Milliseconds since anything came, such as a probe. */
int64_t subscriber_silence_ms(const struct subscriber *s);

/* Makes the command that publishes a probe: on a cluster for one group after the other. False:
 * there is none to publish, as there is no group; Redis is asked for a sign of life instead. */
bool subscriber_make_probe(struct subscriber *s, struct argv *argv);

/* That was done. Drops the connection if nothing has come for SUBSCRIBER_SILENCE_MS, or if an
 * acknowledgement is overdue. */
void subscriber_probed(struct subscriber *s);

void subscriber_drop(struct subscriber *s, const char *reason);

/* Sends what was buffered: conn_flush(). */
void subscriber_flush(struct subscriber *s);

#endif
