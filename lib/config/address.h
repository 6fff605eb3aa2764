/* address.h - addresses of clients and proxies: IPv4 and IPv6, and networks of them (RFC 4632, RFC 4291). */
#ifndef LIB_CONFIG_ADDRESS_H
#define LIB_CONFIG_ADDRESS_H

#include <stdbool.h>

#include "lib/str.h"

/* IPv4 is kept as IPv6 writes it, ::ffff:1.2.3.4, so that the two forms of one address are equal. */
struct address {
    unsigned char bytes[16];
};

enum {
    ADDRESS_TEXT_SIZE = 46 /* of an address with its NUL */
};

/* False: text is no address. */
bool address_parse(struct address *a, struct str text);
void address_print(const struct address *a, char out[ADDRESS_TEXT_SIZE]);

/* For a log line: address_text(&a).text */
struct address_text {
    char text[ADDRESS_TEXT_SIZE];
};
struct address_text address_text(const struct address *a);

/* What one client cannot leave at will: an IPv4 address, or the /64 network of an IPv6 one. */
void address_print_home(const struct address *a, char out[ADDRESS_TEXT_SIZE]);

/* list: addresses and networks, as 10.0.0.0/8, separated by spaces. */
bool address_list_is_valid(const char *list);
bool address_in_list(const struct address *a, const char *list);

#endif
