/* client_name.h - the name under which the failures of a client's address are counted. */
#ifndef API_HTTP_CLIENT_NAME_H
#define API_HTTP_CLIENT_NAME_H

#include "fcgi-api/http/request.h"
#include "lib/config/address.h"
#include "lib/str.h"

enum {
    CLIENT_NAME_MAX_BYTES = 128
};

/* An IPv4 address, or the /64 network of an IPv6 one. A client that is no address (some web servers
 * say `unix:`) is counted under that text. Empty: the web server says nothing. The name may stand
 * in space, or is of the request. */
struct str client_name(const struct request *request, char space[ADDRESS_TEXT_SIZE]);

#endif
