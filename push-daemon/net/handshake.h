/* handshake.h - is this a WebSocket's opening handshake (RFC 6455, section 4.2.1)? libwebsockets looks at none of
 * it but the key's presence, and switches to HTTP/2 where that is asked for. */
#ifndef PUSH_NET_HANDSHAKE_H
#define PUSH_NET_HANDSHAKE_H

#include "lib/str.h"

enum handshake_header {
    HANDSHAKE_HOST,
    HANDSHAKE_UPGRADE,
    HANDSHAKE_CONNECTION,
    HANDSHAKE_VERSION,
    HANDSHAKE_KEY,
    HANDSHAKE_PROTOCOL,
    HANDSHAKE_HEADER__MAX
};

/* value: empty where there is no such header. Returns 0, or the HTTP status that refuses it. */
int handshake_check(enum handshake_header header, struct str value);

#endif
