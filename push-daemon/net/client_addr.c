/* client_addr.c - the address of a client, also behind a proxy. */
#include "push-daemon/net/client_addr.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/config/hostport.h"

struct address
client_addr_of_peer(int fd)
{
    struct sockaddr_storage storage;
    socklen_t length = sizeof(storage);
    struct address a = {{0}};
    char text[ADDRESS_TEXT_SIZE] = "";

    if (getpeername(fd, (struct sockaddr *)&storage, &length) != 0) {
        return a; /* gone already */
    }
    if (storage.ss_family == AF_INET) {
        inet_ntop(AF_INET, &((struct sockaddr_in *)&storage)->sin_addr, text, sizeof(text));
    } else if (storage.ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&storage)->sin6_addr, text, sizeof(text));
    }
    (void)address_parse(&a, str_of(text));
    return a;
}

static struct str
client_addr_last_element(struct str list)
{
    const char *comma = list.len > 0 ? memrchr(list.p, ',', list.len) : NULL;

    if (comma != NULL) {
        list = str_make(comma + 1, list.len - (size_t)(comma + 1 - list.p));
    }
    return str_trim(list);
}

/* Some proxies add the port: 192.0.2.1:4711, [2001:db8::1]:4711. */
static bool
client_addr_parse(struct address *a, struct str text)
{
    char host[HOSTPORT_HOST_SIZE];
    int port;

    return address_parse(a, text) ||
           (hostport_split(text, host, &port) && address_parse(a, str_of(host)));
}

void
client_addr_find(struct ws_request *v, int fd, struct str forwarded, const char *trusted)
{
    struct address said;

    v->client = client_addr_of_peer(fd);
    v->is_proxy = address_in_list(&v->client, trusted);
    if (!v->is_proxy || forwarded.len == 0) {
        return;
    }
    if (client_addr_parse(&said, client_addr_last_element(forwarded))) {
        v->client = said;
        v->is_proxy = address_in_list(&said, trusted);
    } else {
        v->is_proxy = false;
    }
}
