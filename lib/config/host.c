/* host.c - the host of an address as browsers write it. */
#include "lib/config/host.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"

enum {
    GROUPS = 8 /* of an IPv6 address */
};

/* ---- IPv6 ---- */

/* Finds the longest run of zero groups, the first of several. A single zero is none. */
static int
host_find_zeros(const unsigned groups[GROUPS], int *length)
{
    int at = GROUPS;

    *length = 1;
    for (int i = 0, run = 0; i < GROUPS; i++) {
        run = groups[i] == 0 ? run + 1 : 0;
        if (run > *length) {
            *length = run;
            at = i + 1 - run;
        }
    }
    return at;
}

/* inet_ntop() will not do: it writes some addresses in part as decimal numbers. */
bool
host_print_ipv6(const char *text, char out[HOST_IPV6_SIZE])
{
    unsigned char address[2 * GROUPS];
    unsigned groups[GROUPS];
    int zeros, length;

    if (inet_pton(AF_INET6, text, address) != 1) {
        return false;
    }
    for (int i = 0; i < GROUPS; i++) {
        groups[i] = (unsigned)address[2 * i] << 8 | address[2 * i + 1];
    }
    zeros = host_find_zeros(groups, &length);
    out += sprintf(out, "[");
    for (int i = 0; i < GROUPS; i += i == zeros ? length : 1) {
        if (i == zeros) {
            out += sprintf(out, "::");
        } else {
            out += sprintf(out, i == 0 || i == zeros + length ? "%x" : ":%x", groups[i]);
        }
    }
    sprintf(out, "]");
    return true;
}

/* ---- IPv4 ---- */

static bool
host_ends_in_number(const char *host, size_t length)
{
    const char *dot = memrchr(host, '.', length);
    const char *last = dot != NULL ? dot + 1 : host;

    length -= (size_t)(last - host);
    return strspn(last, DIGITS) == length ||
           (strncmp(last, "0x", 2) == 0 && strspn(last + 2, DIGITS "abcdef") == length - 2);
}

bool
host_mend_ipv4(char *host, size_t size)
{
    struct in_addr address;
    size_t length = strlen(host);

    length -= host[length - 1] == '.'; /* 127.0.0.1. is an address, too */
    if (!host_ends_in_number(host, length)) {
        return true;
    }
    host[length] = '\0';
    if (inet_aton(host, &address) == 0) {
        return false;
    }
    inet_ntop(AF_INET, &address, host, (socklen_t)size);
    return true;
}
