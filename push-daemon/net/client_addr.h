/* client_addr.h - the address of a client, also behind a proxy. */
#ifndef PUSH_NET_CLIENT_ADDR_H
#define PUSH_NET_CLIENT_ADDR_H

#include "lib/str.h"
#include "push-daemon/net/ws_request.h"

/* The other end of a connection; "::" if it is not known. */
struct address client_addr_of_peer(int fd);

/* Fills in client and is_proxy. fd: the socket. forwarded: the X-Forwarded-For header. Each proxy
 * adds to it, at the right, the address that it was asked from. So it is read from the right: the
 * client is the first address that is no trusted proxy (push.trustedProxies). All before it is what
 * that client has said, and counts for nothing. If the address is not known, it is "::".
 *
 * A trusted proxy without the header stands for many clients, and no limit counts it. If one says
 * something that is no address, or more than 32 of them stand behind each other, the last proxy
 * that is known is the client, and is counted: else whoever can spoil the header would have no
 * limits. */
void client_addr_find(struct ws_request *v, int fd, struct str forwarded, const char *trusted);

#endif
