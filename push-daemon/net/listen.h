/* listen.h - the address that a daemon listens on. */
#ifndef PUSH_NET_LISTEN_H
#define PUSH_NET_LISTEN_H

#include <stdbool.h>

/* Listens on ADDRESS:PORT or *:PORT, as hostport_split() takes them. Names are looked up.
 * shared: other sockets of this user may share the port if they say so as well (SO_REUSEPORT).
 * Returns the socket, or -1: that was logged. */
int listen_open(const char *address, bool shared);

/* False: nobody could listen there now, as the address is in use; that was logged. */
bool listen_is_free(const char *address);

#endif
