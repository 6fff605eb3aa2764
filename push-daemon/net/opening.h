/* opening.h - the opening handshake of a connection (RFC 6455, section 4.2): its request is read,
 * judged, and answered. */
#ifndef PUSH_NET_OPENING_H
#define PUSH_NET_OPENING_H

#include <stdbool.h>

struct ws;

/* A connection was accepted; it is gone, or its handshake is finished. */
void opening_begin(struct ws *ws);
void opening_end(struct ws *ws); /* fine if it is finished */

/* Something came. False: it is over. */
bool opening_on_readable(struct ws *ws);

#endif
