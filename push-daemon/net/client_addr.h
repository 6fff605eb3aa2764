/* client_addr.h - whose connection is it: the address of a client, also behind a proxy. */
#ifndef PUSH_NET_CLIENT_ADDR_H
#define PUSH_NET_CLIENT_ADDR_H

#include "lib/str.h"
#include "push-daemon/net/ws_request.h"

/* Fills in client and is_proxy. fd: the socket. forwarded: what came as X-Forwarded-For; only its last element is
 * the word of who speaks to us, and only that of a trusted proxy (push.trustedProxies) counts. Where nobody can
 * tell it is "::". */
void client_addr_find(struct ws_request *v, int fd, struct str forwarded, const char *trusted);

#endif
