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

/* Proxies may add the port. */
static bool
says(struct str element, struct address *said)
{
    char host[HOSTPORT_HOST_SIZE];
    int port;

    return address_parse(said, element) ||
           (hostport_split(element, host, &port) && address_parse(said, str_of(host)));
}

/* Who is trusted nobody else can pretend to be, and who says nonsense is counted. */
static void
check(const char *trusted, struct str forwarded)
{
    struct ws_request v;
    struct address home, said;
    const char *comma = forwarded.len > 0 ? memrchr(forwarded.p, ',', forwarded.len) : NULL;
    struct str last = forwarded;

    if (comma != NULL) {
        last = str_make(comma + 1, forwarded.len - (size_t)(comma + 1 - forwarded.p));
    }
    CHECK(address_parse(&home, str_of("127.0.0.1")));
    client_addr_find(&v, connection(), forwarded, trusted);
    if (address_in_list(&home, trusted) && says(str_trim(last), &said)) {
        CHECK(memcmp(&v.client, &said, sizeof(said)) == 0);
        CHECK(address_in_list(&said, "0.0.0.0/0 ::/0"));
        CHECK(v.is_proxy == address_in_list(&said, trusted));
    } else {
        CHECK(memcmp(&v.client, &home, sizeof(home)) == 0);
        CHECK(v.is_proxy == (address_in_list(&home, trusted) && forwarded.len == 0));
    }
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
