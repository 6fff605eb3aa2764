/* client_addr.h - the address of a client, also behind a proxy. */
#ifndef PUSH_NET_CLIENT_ADDR_H
#define PUSH_NET_CLIENT_ADDR_H

#include "lib/str.h"
#include "push-daemon/net/ws_request.h"

/* The other end of a connection; "::" if it is not known. */
struct address client_addr_of_peer(int fd);

/* Fills in client and is_proxy. fd: the socket. forwarded: the X-Forwarded-For header. Only its
 * last element counts, which our own peer has added, and only if that is a trusted proxy
 * (push.trustedProxies). If the address is not known, it is "::".
 *
 * A trusted proxy without the header stands for many clients, and no limit counts it. If it says
 * something that is no address, the proxy is the client, and is counted: else whoever can spoil
 * the header would have no limits. */
void client_addr_find(struct ws_request *v, int fd, struct str forwarded, const char *trusted);

#endif
