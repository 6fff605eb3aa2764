/* client_name.c - the name under which the failures of a client's address are counted. */
#include "fcgi-api/http/client_name.h"

struct str
client_name(const struct request *request, char space[ADDRESS_TEXT_SIZE])
{
    struct str client = str_trim(request->client);
    const char *zone = client.len > 0 ? memchr(client.p, '%', client.len) : NULL; /* fe80::1%eth0 */
    struct address address;

    if (zone != NULL) {
        client.len = (size_t)(zone - client.p);
    }
    if (address_parse(&address, client)) {
        address_print_home(&address, space);
        client = str_of(space);
    }
    return str_make(client.p,
                    client.len < CLIENT_NAME_MAX_BYTES ? client.len : CLIENT_NAME_MAX_BYTES);
}
