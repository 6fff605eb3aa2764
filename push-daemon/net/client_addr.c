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

/* ---- X-Forwarded-For ---- */

enum {
    PROXIES_MAX = 32 /* one behind the other: so a long header costs little */
};

/* Takes the last element off the list, and the comma before it. Sets *more if there was one. */
static struct str
client_addr_take_last(struct str *list, bool *more)
{
    const char *comma = list->len > 0 ? memrchr(list->p, ',', list->len) : NULL;
    struct str last = *list;

    *more = comma != NULL;
    if (*more) {
        list->len = (size_t)(comma - list->p);
        last = str_make(comma + 1, last.len - list->len - 1);
    }
    return str_trim(last);
}

/* The text without a byte at each end, if these are there. */
static bool
client_addr_unwrap(struct str *text, char first, char last)
{
    if (text->len < 2 || text->p[0] != first || text->p[text->len - 1] != last) {
        return false;
    }
    *text = str_make(text->p + 1, text->len - 2);
    return true;
}

/* Proxies write 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1], [2001:db8::1]:4711, and each
 * of these in quotes. */
static bool
client_addr_parse(struct address *a, struct str text)
{
    char host[HOSTPORT_HOST_SIZE];
    int port;

    (void)client_addr_unwrap(&text, '"', '"');
    if (client_addr_unwrap(&text, '[', ']')) {
        return memchr(text.p, ':', text.len) != NULL && address_parse(a, text);
    }
    return address_parse(a, text) ||
           (hostport_split(text, host, &port) && address_parse(a, str_of(host)));
}

void
client_addr_find(struct ws_request *v, int fd, struct str forwarded, const char *trusted)
{
    struct address said;
    bool more = forwarded.len > 0;

    v->client = client_addr_of_peer(fd);
    v->is_proxy = address_in_list(&v->client, trusted);
    for (int i = 0; v->is_proxy && more; i++) {
        if (i == PROXIES_MAX ||
            !client_addr_parse(&said, client_addr_take_last(&forwarded, &more))) {
            v->is_proxy = false;
        } else {
            v->client = said;
            v->is_proxy = address_in_list(&said, trusted);
        }
    }
}
