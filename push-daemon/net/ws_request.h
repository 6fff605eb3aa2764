/* ws_request.h - who asks for a WebSocket, and what for. */
#ifndef PUSH_NET_WS_REQUEST_H
#define PUSH_NET_WS_REQUEST_H

#include <stdbool.h>

#include "lib/config/address.h"
#include "lib/str.h"
#include "push-daemon/net/route.h"

/* Strings belong to whoever made it. */
struct ws_request {
    struct route route;
    struct str origin; /* of the page, as a browser says; empty: none was said */
    struct address client;
    bool is_proxy; /* that is the address of a trusted proxy, which did not say for whom it asks */
};

#endif
