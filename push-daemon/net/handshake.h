/* handshake.h - is this a WebSocket's opening handshake (RFC 6455, section 4.2.1), and the answer
 * that accepts it (section 4.2.2). */
#ifndef PUSH_NET_HANDSHAKE_H
#define PUSH_NET_HANDSHAKE_H

#include <stdbool.h>

#include "lib/str.h"
#include "push-daemon/net/http_head.h"

/* room: as http_head_get() wants it. */
struct refusal handshake_check(const struct http_head *head, char *room);

/* Sends the answer. No subprotocol is named in it, whatever the client offers: so it goes on
 * without one. False: the socket is broken. */
bool handshake_accept(struct str key, int fd);

#endif
