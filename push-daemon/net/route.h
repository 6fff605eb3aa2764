/* route.h - what a path asks for. */
#ifndef PUSH_NET_ROUTE_H
#define PUSH_NET_ROUTE_H

#include "lib/str.h"
#include "push-daemon/net/refusal.h"

enum route_kind {
    ROUTE_CHAT,   /* /group/chat/{groupId}/{userId}/{token} */
    ROUTE_LIST,   /* /group/list/{userId}/{token} */
    ROUTE_EVENTS, /* /group/events/{groupId}/{userId}/{token}: no WebSocket, but an event stream */
    ROUTE_KIND__MAX
};

enum {
    ROUTE_BYTES = 512 /* more than all parts together may have */
};

/* Parts of a path, decoded; group is empty for a list. resume: the value of ?resume= as it was
 * sent; empty: there is none. */
struct route {
    enum route_kind kind;
    struct str group;
    struct str user;
    struct str token;
    struct str resume;
};

/* If a part is no valid id, the kind of the route is known nevertheless.
 *
 * target: the path as it was sent (RFC 3986, section 3.3), and perhaps a query, of which nothing
 * else counts. A slash at its end makes no difference, nor does a doubled one. The parts of the
 * route lie in room, of ROUTE_BYTES. */
struct refusal route_parse(struct route *route, struct str target, char *room);

#endif
