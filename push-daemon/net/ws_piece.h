/* ws_piece.h - what comes in of a WebSocket message at a time. */
#ifndef PUSH_NET_WS_PIECE_H
#define PUSH_NET_WS_PIECE_H

#include <stdbool.h>

#include "lib/str.h"

/* A piece of a message, as it came in; or the payload of a control frame. */
struct ws_piece {
    struct str bytes;
    bool first;
    bool last;
    bool binary;
};

#endif
