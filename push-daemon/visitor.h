/* visitor.h - who asks for a WebSocket, and what for. */
#ifndef PUSH_VISITOR_H
#define PUSH_VISITOR_H

#include <stdbool.h>

#include "lib/config/address.h"
#include "lib/str.h"
#include "push-daemon/route.h"

/* Strings belong to whoever made it. */
struct visitor {
    struct route route;
    struct str origin; /* of the page, as a browser says; empty: none was said */
    struct address client;
    bool is_proxy; /* that is the address of a trusted proxy, which did not say for whom it asks */
};

#endif
