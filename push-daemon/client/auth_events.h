/* auth_events.h - events that tell of a user or an address: a logout, a ban, a mute, a role. */
#ifndef PUSH_CLIENT_AUTH_EVENTS_H
#define PUSH_CLIENT_AUTH_EVENTS_H

#include "lib/str.h"

struct auth;
struct event;

/* Somebody has logged out: checks this user's tokens at once. */
void auth_on_logout(struct auth *auth, struct str user);

/* An EVENT_BAN of this group (empty: of all) came: closes those whom it is for. */
void auth_on_ban(struct auth *auth, struct str group, const struct event *e);

/* What a user is in a group has changed: reads it anew, and tells the user's clients there. */
void auth_on_you(struct auth *auth, struct str group, struct str user);

/* The subscription to what all daemons are told has begun, or begun anew: group-list clients are
 * checked soon, as such an event may have been missed. Clients of a group: auth_recheck_soon(). */
void auth_on_subscription(struct auth *auth);

#endif
