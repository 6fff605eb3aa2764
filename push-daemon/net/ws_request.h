/* ws_request.h - a request for a WebSocket or an event stream: from whom, and for what. */
#ifndef PUSH_NET_WS_REQUEST_H
#define PUSH_NET_WS_REQUEST_H

#include <stdbool.h>

#include "lib/config/address.h"
#include "lib/str.h"
#include "push-daemon/net/route.h"

/* The strings live as long as the call that it is handed to. */
struct ws_request {
    struct route route;
    bool is_v2;        /* the client speaks fastim.v2, and the route has it */
    struct str token;  /* of an event stream: the header `token`; empty: there is none */
    struct str origin; /* of the page, as the browser says; empty: it did not say */
    struct address client;
    bool is_proxy; /* client is a trusted proxy, which did not say for whom it asks */
};

#endif
