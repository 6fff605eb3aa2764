/* port.h - the address that a daemon listens on. */
#ifndef PUSH_PORT_H
#define PUSH_PORT_H

#include <stdbool.h>

/* Listens on ADDRESS:PORT or *:PORT, as config_split_address() takes them; name lookup included. shared: with
 * others of this user that say so as well (SO_REUSEPORT). Returns the socket, or -1: that was logged. */
int port_listen(const char *address, bool shared);

/* False: it could not be listened on, as somebody else does; that was logged. */
bool port_is_free(const char *address);

#endif
