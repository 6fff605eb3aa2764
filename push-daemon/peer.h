/* peer.h - whose connection is it: the address of a client, also behind a proxy. */
#ifndef PUSH_PEER_H
#define PUSH_PEER_H

#include "lib/str.h"
#include "push-daemon/visitor.h"

/* Fills in client and is_proxy. fd: the socket. forwarded: what came as X-Forwarded-For; only its last element is
 * the word of who speaks to us, and only that of a trusted proxy (push.trustedProxies) counts. Where nobody can
 * tell it is "::". */
void peer_find(struct visitor *v, int fd, struct str forwarded, const char *trusted);

#endif
