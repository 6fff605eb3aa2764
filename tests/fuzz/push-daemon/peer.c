/* peer.c - any bytes as X-Forwarded-For, behind a line that is the list of trusted proxies. */
#include "push-daemon/net/client_addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/config/hostport.h"
#include "tests/fuzz/fuzz.h"

/* One end of a connection from 127.0.0.1. */
static int
connection(void)
{
    static int fd = -1;
    struct sockaddr_in here = {.sin_family = AF_INET};
    socklen_t length = sizeof(here);
    int listener;

    if (fd >= 0) {
        return fd;
    }
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(listener, (struct sockaddr *)&here, length) == 0 && listen(listener, 1) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&here, &length) == 0);
    CHECK(connect(fd, (struct sockaddr *)&here, length) == 0);
    return fd;
}

static void
check_text(const struct address *a)
{
    struct address again;
    char home[ADDRESS_TEXT_SIZE];

    CHECK(address_parse(&again, str_of(address_text(a).text)));
    CHECK(memcmp(&again, a, sizeof(again)) == 0);
    address_print_home(a, home);
    CHECK(address_parse(&again, str_of(home)));
}

/* Is there an address in what a proxy says, behind what may stand around it? */
static bool
says(struct str element, struct address *said)
{
    char host[HOSTPORT_HOST_SIZE];
    int port;

    if (element.len > 1 && element.p[0] == '"' && element.p[element.len - 1] == '"') {
        element = str_make(element.p + 1, element.len - 2);
    }
    if (element.len > 1 && element.p[0] == '[' && element.p[element.len - 1] == ']') {
        element = str_make(element.p + 1, element.len - 2);
        return memchr(element.p, ':', element.len) != NULL && address_parse(said, element);
    }
    return address_parse(said, element) ||
           (hostport_split(element, host, &port) && address_parse(said, str_of(host)));
}

/* Who is trusted nobody else can pretend to be, and who says nonsense is counted. From the right,
 * each address but the client's is trusted. */
static void
check(const char *trusted, struct str forwarded)
{
    struct ws_request v;
    struct address at, said;
    struct str rest = forwarded, last;
    bool more = forwarded.len > 0, is_known = true;
    const char *comma;

    CHECK(address_parse(&at, str_of("127.0.0.1")));
    client_addr_find(&v, connection(), forwarded, trusted);
    for (int hops = 0; more && is_known && address_in_list(&at, trusted); hops++) {
        comma = rest.len > 0 ? memrchr(rest.p, ',', rest.len) : NULL;
        more = comma != NULL;
        last = more ? str_make(comma + 1, rest.len - (size_t)(comma + 1 - rest.p)) : rest;
        rest.len = more ? (size_t)(comma - rest.p) : 0;
        is_known = hops < 32 && says(str_trim(last), &said);
        at = is_known ? said : at;
    }
    CHECK(memcmp(&v.client, &at, sizeof(at)) == 0);
    CHECK(v.is_proxy == (is_known && address_in_list(&at, trusted)));
    check_text(&v.client);
}

static void
fuzz(struct str input)
{
    struct str list = fuzz_part(&input, '\n');
    char *trusted = strndup(list.len > 0 ? list.p : "", list.len);

    (void)address_list_is_valid(trusted);
    check(trusted, input);
    check("127.0.0.0/8 ::1 10.0.0.0/8 2001:db8::/32", input);
    check("::1 10.0.0.0/8", input);
    free(trusted);
}
