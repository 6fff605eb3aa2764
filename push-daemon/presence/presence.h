/* presence.h - who is online: counted here, reported to Redis, and told to the clients.
 *
 * Each daemon counts the distinct users of its groups, and reports them by a script. The script
 * adds up what all daemons have reported, and publishes it if it has changed, but not too often. So
 * the clients of all daemons are told the same. What was told last comes with each reply as well:
 * a daemon that has missed an event has it after its next report. */
#ifndef PUSH_PRESENCE_PRESENCE_H
#define PUSH_PRESENCE_PRESENCE_H

#include <stdbool.h>

#include "lib/str.h"
#include "lib/text.h"

struct env;
struct node;
struct nodes;
struct presence;

/* The clients of a group are to be told. */
struct presence_hooks {
    void *ctx;
    void (*tell)(void *ctx, struct str group, struct str frame); /* JSON; NULL: nobody is told */
};

/* daemon_id: this daemon's name at Redis, kept by the caller. Does nothing at all if im.presence.on
 * is 0. */
struct presence *presence_create(const struct env *env, struct nodes *nodes, struct str daemon_id,
                                 const struct presence_hooks *hooks);
void presence_destroy(struct presence *p); /* NULL is fine */

/* A connection of this user to the group came, or went. If it is the first one in the group, the
 * report goes out at once: its reply comes before that of any command sent later. */
void presence_enter(struct presence *p, struct str group, struct str user);
void presence_leave(struct presence *p, struct str group, struct str user);

/* The daemon's subscription to the channel of events has begun, or begun anew: it may have missed
 * some. */
void presence_on_subscribed(struct presence *p, struct str group);

/* {"do":"presence",…} came over that channel. */
void presence_on_event(struct presence *p, struct str group, struct str event);

/* Adds "online":17,"users":["3","7"] as it was last told to the group's clients, the latter only if
 * ids are told. Known from the reply of the first report on. */
void presence_add_state(const struct presence *p, struct str group, struct text *out);

/* Commands go to the node over a new connection. */
void presence_on_ready(struct presence *p, struct node *node);

/* The daemon ends, and its users are gone from all groups. To be called again and again, each time
 * some are reported, until it returns true: all of them are, or Redis is away. */
bool presence_stop(struct presence *p);

#endif
