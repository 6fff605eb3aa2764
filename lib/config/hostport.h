/* hostport.h - ADDRESS:PORT, as the settings write it. */
#ifndef LIB_CONFIG_HOSTPORT_H
#define LIB_CONFIG_HOSTPORT_H

#include <stdbool.h>

#include "lib/str.h"

enum {
    HOSTPORT_HOST_SIZE = 64 /* bytes of the address with its NUL */
};

/* Splits ADDRESS:PORT, [ADDRESS]:PORT or *:PORT; the port is 1 to 65535. An IPv6 address needs its
 * brackets (RFC 3986, section 3.2.2), and nothing else may have them. Names are not looked up.
 * Returns false if text is none of these; host and *port are undefined then. */
bool hostport_split(struct str text, char host[HOSTPORT_HOST_SIZE], int *port);

/* Is each of these words, separated by spaces, an ADDRESS:PORT? No word at all is fine. */
bool hostport_list_is_valid(const char *list);

#endif
