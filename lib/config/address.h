/* address.h - addresses of clients and proxies, and networks of them: IPv4 (RFC 4632) and IPv6
 * (RFC 4291). */
#ifndef LIB_CONFIG_ADDRESS_H
#define LIB_CONFIG_ADDRESS_H

#include <stdbool.h>

#include "lib/str.h"

/* An IPv4 address is held as an IPv6 one, ::ffff:1.2.3.4: so both forms of it are equal. */
struct address {
    unsigned char bytes[16];
};

enum {
    ADDRESS_TEXT_SIZE = 46 /* bytes of an address in text, with its NUL */
};

/* Returns false if text is no address; *a is undefined then. */
bool address_parse(struct address *a, struct str text);
void address_print(const struct address *a, char out[ADDRESS_TEXT_SIZE]);

/* For a log line: address_text(&a).text */
struct address_text {
    char text[ADDRESS_TEXT_SIZE];
};
struct address_text address_text(const struct address *a);

/* Writes what no client changes at will: an IPv4 address, or the /64 network of an IPv6 one. */
void address_print_home(const struct address *a, char out[ADDRESS_TEXT_SIZE]);

/* Is that the same for both? */
bool address_shares_home(const struct address *a, const struct address *b);

/* A list is addresses and networks, as 10.0.0.0/8, separated by spaces. */
bool address_list_is_valid(const char *list);
bool address_in_list(const struct address *a, const char *list);

#endif
