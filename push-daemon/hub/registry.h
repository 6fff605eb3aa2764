/* registry.h - how the hub keeps its groups: for hub.c and hub_events.c. */
#ifndef PUSH_HUB_REGISTRY_H
#define PUSH_HUB_REGISTRY_H

#include "lib/garbage.h"
#include "lib/hash.h"
#include "lib/rate_limit.h"
#include "push-daemon/hub/group_settings.h"
#include "push-daemon/room/room.h"
#include "push-daemon/sync/sync.h"

struct auth;
struct env;
struct flusher;
struct hub;
struct loop_timer;
struct marks;
struct node;
struct nodes;
struct presence;
struct stream;

/* What rooms have of a node: their readings that are under way there. */
struct home {
    struct home *next;
    struct node *node;
    struct marks *marks;
};

struct group {
    UT_hash_handle hh;
    struct group *prev, *next;               /* in hub.left */
    bool left;                               /* it is in hub.left */
    struct group *polled_prev, *polled_next; /* in hub.polled */
    bool is_polled;                          /* it is in hub.polled: its slot is on the move */
    struct hub *hub;
    struct home *home;            /* NULL: no node has the group now */
    const struct node *last_node; /* where it is, or was last; for comparison alone */
    struct sync sync;
    struct room room;               /* of Part 1 */
    struct stream *stream;          /* of fastim.v2; NULL: no client of it has come */
    struct group_settings settings; /* for clients of fastim.v2 */
    struct rate_limit signals;
    char id[]; /* not NUL-terminated; hh.keylen bytes */
};

struct hub {
    const struct env *env;
    struct nodes *nodes;
    struct str daemon_id; /* this daemon's name at Redis */
    struct flusher *flusher;
    struct home *homes;
    struct marks *polls; /* readings of polled groups; NULL: there was none yet */
    struct loop_timer *poll_timer;
    struct group *polled;
    struct presence *presence; /* NULL: nobody wants to know */
    void (*on_subscribed)(struct presence *, struct str group);
    void (*on_presence)(struct presence *, struct str group, struct str event);
    struct auth *auth; /* NULL: nobody moderates */
    struct group *groups;
    struct group *left; /* groups that a client left in this turn */
    struct garbage garbage;
};

/* homes.c: the group goes to the node that has it now, if it is not there. It leaves the one that
 * it is at. */
void group_settle(struct group *g);
void group_leave_home(struct group *g);
void homes_destroy(struct hub *hub); /* all groups have gone */

/* poll.c: the group's slot is on the move, or is so no more; the group is about to go. */
void group_set_polled(struct group *g, bool is_polled);
void group_forget_polls(struct group *g);
void polls_destroy(struct hub *hub); /* all groups have gone */

/* hub_events.c: what is published for the group is heard from here on; some was missed, perhaps. */
void group_is_heard(struct group *g);

static inline struct group *
hub_find(const struct hub *hub, struct str id)
{
    struct group *g;

    HASH_FIND(hh, hub->groups, id.p, id.len, g);
    return g;
}

#endif
