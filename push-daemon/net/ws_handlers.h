/* ws_handlers.h - what a WebSocket server tells of its connections. */
#ifndef PUSH_NET_WS_HANDLERS_H
#define PUSH_NET_WS_HANDLERS_H

#include <stdbool.h>

#include "push-daemon/core/close_reason.h"

struct admission; /* of admission and session, net knows only the pointers */
struct session;
struct ws;
struct ws_piece;
struct ws_request;

struct ws_handlers {
    /* Somebody asks for a WebSocket. Returns 0, or the HTTP status that refuses it. */
    struct admission *admission;
    int (*on_request)(struct admission *admission, const struct ws_request *request);
    /* A handshake was accepted. The session that it returns is handed to all the others. */
    void *ctx;
    struct session *(*on_open)(void *ctx, struct ws *ws, const struct ws_request *request);
    void (*on_frame)(struct session *s); /* anything came: a pong, or a piece before on_piece */
    void (*on_piece)(struct session *s, const struct ws_piece *piece);
    void (*on_writable)(struct session *s); /* the socket takes bytes again */
    /* The peer broke the rules. What it sends from here on is not looked at. */
    void (*on_violation)(struct session *s, enum close_reason reason);
    /* The peer sent a close frame: send nothing more. True: as the answer to ours, all is said. */
    bool (*on_leaving)(struct session *s);
    void (*on_closed)(struct session *s); /* the connection is gone */
};

#endif
