/* handshake.h - is this a WebSocket's opening handshake (RFC 6455, section 4.2.1)? libwebsockets
 * checks nothing but that there is a key, and switches to HTTP/2 if asked to. */
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

/* value: empty if there is no such header. Returns 0, or the HTTP status that refuses it. */
int handshake_check(enum handshake_header header, struct str value);

#endif
