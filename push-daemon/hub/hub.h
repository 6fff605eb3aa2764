/* hub.h - the registry of rooms: one for each group that has clients on this daemon. */
#ifndef PUSH_HUB_HUB_H
#define PUSH_HUB_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"

struct auth;
struct env;
struct flusher;
struct group_settings;
struct hub;
struct presence;
struct rate_limit;
struct session;
struct node;
struct nodes;

/* daemon_id: this daemon's name at Redis. All arguments are the caller's, and outlive the hub. */
struct hub *hub_create(const struct env *env, struct nodes *nodes, struct flusher *flusher,
                       struct str daemon_id);
void hub_destroy(struct hub *hub); /* all sessions must have left; NULL is fine */

/* Who is online (presence.h): it is told of the channel of events. */
struct hub_presence {
    struct presence *presence; /* NULL: nobody wants to know */
    void (*on_subscribed)(struct presence *, struct str group);
    void (*on_event)(struct presence *, struct str group, struct str event);
};
void hub_use_presence(struct hub *hub, const struct hub_presence *presence);

/* Who knows of bans and roles (auth.h): it is told of such events, and whom to check soon, as some
 * may have been missed. */
void hub_use_auth(struct hub *hub, struct auth *auth);

/* Hooks of auth.h. An answer that tells other settings goes to all clients of fastim.v2. */
uint64_t hub_settings_version(void *hub, struct str group);
void hub_take_settings(void *hub, struct str group, struct str json, uint64_t version);

/* Its hook: a frame that is not durable, to all clients of fastim.v2 in the group. */
void hub_tell(void *hub, struct str group, struct str json);

/* A chat client, of Part 1 or of fastim.v2, waits for the first frame of s->group. It leaves by
 * room_leave(). */
void hub_join(struct hub *hub, struct session *s);

/* Removes the rooms that are empty now. Call it at the end of each turn. */
void hub_remove_empty(struct hub *hub);

/* Events of a node. What comes for a group that is at another node means nothing. */
void hub_on_subscribed(struct hub *hub, struct node *node, struct str group);
void hub_on_message(struct hub *hub, struct node *node, struct str group, struct str payload);
void hub_on_event(struct hub *hub, struct node *node, struct str group, struct str event);
void hub_on_mark(struct hub *hub, struct node *node, int64_t mark);
void hub_on_subscription_down(struct hub *hub, struct node *node);
void hub_on_commands(struct hub *hub, struct node *node); /* over a new connection, and ready */
/* A group is not at this node any more; slots have other owners: groups go to the node that has
 * them now; the node is about to be destroyed. */
void hub_on_lost(struct hub *hub, struct node *node, struct str group);
void hub_on_map(struct hub *hub);
void hub_on_gone(struct hub *hub, struct node *node);
void hub_retry(struct hub *hub); /* commands may work: asks for the snapshots that rooms need */

/* Of a group that has a client of fastim.v2 here. */
const struct group_settings *hub_settings(const struct hub *hub, struct str group);

/* Of the signals that clients of this daemon publish in this group, which has a client here. */
struct rate_limit *hub_signal_rate(struct hub *hub, struct str group);

/* Has the message with that ts come to the group's members here? True as well if there are
 * none. False: it is still to come. */
bool hub_has_heard(const struct hub *hub, struct str group, int64_t ts);

#endif
