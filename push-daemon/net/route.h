/* route.h - what a WebSocket path asks for. */
#ifndef PUSH_NET_ROUTE_H
#define PUSH_NET_ROUTE_H

#include "lib/str.h"

enum route_kind {
    ROUTE_CHAT, /* /group/chat/{groupId}/{userId}/{token} */
    ROUTE_LIST, /* /group/list/{userId}/{token} */
    ROUTE_KIND__MAX
};

/* Parts of the path that was parsed; group is empty for a list. */
struct route {
    enum route_kind kind;
    struct str group;
    struct str user;
    struct str token;
};

/* path is decoded and without its query. Returns 0, or the HTTP status that refuses it: 404 for
 * another shape of path, 400 for an invalid id or token. */
int route_parse(struct route *route, struct str path);

#endif
