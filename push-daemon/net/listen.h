/* listen.h - the address that a daemon listens on. */
#ifndef PUSH_NET_LISTEN_H
#define PUSH_NET_LISTEN_H

#include <stdbool.h>

/* Listens on ADDRESS:PORT or *:PORT, as hostport_split() takes them; name lookup included. shared: with
 * others of this user that say so as well (SO_REUSEPORT). Returns the socket, or -1: that was logged. */
int listen_open(const char *address, bool shared);

/* False: it could not be listened on, as somebody else does; that was logged. */
bool listen_is_free(const char *address);

#endif
