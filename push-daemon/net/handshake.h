/* handshake.h - is this a WebSocket's opening handshake (RFC 6455, section 4.2.1), and the answer
 * that accepts it (section 4.2.2). */
#ifndef PUSH_NET_HANDSHAKE_H
#define PUSH_NET_HANDSHAKE_H

#include <stdbool.h>

#include "lib/str.h"
#include "push-daemon/net/http_head.h"

/* room: as http_head_get() wants it. */
struct refusal handshake_check(const struct http_head *head, char *room);

/* What holds for a request for an event stream as well. */
struct refusal handshake_check_stream(const struct http_head *head, char *room);

/* Does the client offer this subprotocol, perhaps among others? */
bool handshake_offers(const struct http_head *head, const char *protocol, char *room);

/* Sends the answer, which names that subprotocol. NULL: it names none, whatever the client offers,
 * and the client goes on without one. False: the socket is broken. */
bool handshake_accept(struct str key, const char *protocol, int fd);

#endif
