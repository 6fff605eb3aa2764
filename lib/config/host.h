/* host.h - the host of an address as browsers write it (WHATWG URL). */
#ifndef LIB_CONFIG_HOST_H
#define LIB_CONFIG_HOST_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HOST_IPV6_SIZE = sizeof("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]")
};

/* Writes an IPv6 address as it stands in an address, in its brackets. Returns false if text, which
 * is without them, is none. */
bool host_print_ipv6(const char *text, char out[HOST_IPV6_SIZE]);

/* A host that ends in a number is an IPv4 address for a browser: 127.1, 0x7f.1, 2130706433. Such a
 * host becomes that address; size: of host, INET_ADDRSTRLEN at least. Returns false if it is none.
 * The host is in lower case and not empty. */
bool host_mend_ipv4(char *host, size_t size);

#endif
