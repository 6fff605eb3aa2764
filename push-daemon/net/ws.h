/* ws.h - one connection: a WebSocket, frames in, bytes out (RFC 6455); or an event stream, bytes
 * out (event_stream.h). It knows nothing of groups.
 *
 * The pointer to a connection is valid from on_open until on_closed returns (ws_handlers.h). */
#ifndef PUSH_NET_WS_H
#define PUSH_NET_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"

struct ws; /* one connection */

/* Sends bytes as they are, at most WS_WRITE_BYTES. Returns how many of them the kernel took: 0 if
 * something is kept. If not all, call ws_want_writable(), and go on at on_writable.
 *
 * A pong may be sent behind them. So if they end within a frame, either hand the rest of that frame
 * to ws_keep(), at once. Or ws_pause() must have stopped the reading before the last on_writable;
 * then no pong can be due. */
enum {
    WS_WRITE_BYTES = 65536
};
size_t ws_write(struct ws *ws, struct str bytes);

/* Keeps a copy of bytes, which goes before all else. */
void ws_keep(struct ws *ws, struct str bytes);
void ws_want_writable(struct ws *ws);

/* The same, but on_writable waits for its turn: all that ask so take turns, WS_TURNS of them every
 * WS_TURN_MS. For those that write WS_WRITE_BYTES each time, which makes 128 MB a second. More
 * would keep a web server in front of us busy, and with it all others. */
enum {
    WS_TURNS = 8,
    WS_TURN_MS = 4
};
void ws_want_turn(struct ws *ws);

/* As ws_write(), for whole frames, of which a copy of the rest is kept. So all is taken, or
 * nothing. */
size_t ws_write_whole(struct ws *ws, struct str frames);

/* What the peer has taken. */
struct ws_progress {
    bool waits;     /* there is something that it has not acknowledged */
    uint32_t acked; /* bytes that it has ever acknowledged, modulo 2^32 */
};
struct ws_progress ws_progress(struct ws *ws);

/* Stops and goes on reading from the peer. It stops within what was read already. */
void ws_pause(struct ws *ws, bool paused);

/* The peer is to end the connection; what it still sends is of no use. If that is more than 64 KiB,
 * it is read no further: to read it costs those who are served. */
void ws_expect_end(struct ws *ws);

/* Ends the connection without a word; on_closed follows in a later turn of the loop. */
void ws_kill(struct ws *ws);

#endif
