/* hook_url.c - the address of the site's review. */
#include "lib/config/hook_url.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/config/host.h"
#include "lib/config/number.h"
#include "lib/log.h"
#include "lib/str.h"

#define SCHEME "http://"
#define NAME   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"

enum {
    HOST_MAX_BYTES = 253
};

static const char example[] = "write an address as http://127.0.0.1:8080/review";

struct complaint {
    const char *fault; /* NULL: nothing is wrong */
    const char *advice;
};

static bool
hook_url_has_strange_byte(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f) {
            return true;
        }
    }
    return false;
}

/* Returns the length of the host with its brackets; 0: it is none. */
static size_t
hook_url_host(const char *host)
{
    char inside[HOST_IPV6_SIZE], printed[HOST_IPV6_SIZE];
    const char *end = strchr(host, ']');
    size_t length;

    if (*host != '[') {
        length = strspn(host, NAME);
        return length <= HOST_MAX_BYTES ? length : 0;
    }
    length = end != NULL ? (size_t)(end - host - 1) : 0;
    if (length == 0 || length >= sizeof(inside)) {
        return 0;
    }
    memcpy(inside, host + 1, length);
    inside[length] = '\0';
    return host_print_ipv6(inside, printed) ? length + 2 : 0;
}

static struct complaint
hook_url_judge_authority(const char *host)
{
    size_t all = strcspn(host, "/?"), length = hook_url_host(host);
    int64_t port;

    if (memchr(host, '@', all) != NULL) {
        return (struct complaint){"has a user", "leave it out: a secret may stand in the path"};
    }
    if (all == 0 || *host == ':') {
        return (struct complaint){"has no host", example};
    }
    if (length == 0 || (length < all && host[length] != ':')) {
        return (struct complaint){"has a host that is none", example};
    }
    if (length < all &&
        !number_parse(str_make(host + length + 1, all - length - 1), 1, 65535, &port)) {
        return (struct complaint){"has a port that is none", "write a port from 1 to 65535"};
    }
    return (struct complaint){0};
}

static struct complaint
hook_url_judge(const char *text)
{
    if (hook_url_has_strange_byte(text)) {
        return (struct complaint){"has a blank, or a character outside ASCII",
                                  "write it with %, as %20 for a blank"};
    }
    if (strncasecmp(text, "https:", 6) == 0) {
        return (struct complaint){"is not http://",
                                  "write http:// and the address of a proxy that speaks TLS, or of "
                                  "the site within your network"};
    }
    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0) {
        return (struct complaint){"does not begin with http://", example};
    }
    if (strchr(text, '#') != NULL) {
        return (struct complaint){"has a fragment", "leave out what begins with #"};
    }
    return hook_url_judge_authority(text + strlen(SCHEME));
}

bool
hook_url_is_valid(const char *text)
{
    return *text == '\0' || hook_url_judge(text).fault == NULL;
}

void
hook_url_explain(const char *text, char *out, size_t size)
{
    struct complaint c = {0};

    *out = '\0';
    if (*text != '\0') {
        c = hook_url_judge(text);
    }
    if (c.fault != NULL) {
        snprintf(out, size, "%s %s, %s", log_quote(str_of(text)).text, c.fault, c.advice);
    }
}
