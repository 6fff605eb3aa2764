/* address.c - addresses of clients and proxies. */
#include "lib/config/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "lib/config/number.h"
#include "lib/wordlist.h"

static const unsigned char v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool
address_is_v4(const struct address *a)
{
    return memcmp(a->bytes, v4_prefix, sizeof(v4_prefix)) == 0;
}

bool
address_parse(struct address *a, struct str text)
{
    char terminated[ADDRESS_TEXT_SIZE];

    if (text.len == 0 || text.len >= sizeof(terminated)) {
        return false;
    }
    memcpy(terminated, text.p, text.len);
    terminated[text.len] = '\0';
    if (strlen(terminated) != text.len) {
        return false;
    }
    memcpy(a->bytes, v4_prefix, sizeof(v4_prefix));
    return inet_pton(AF_INET, terminated, a->bytes + sizeof(v4_prefix)) == 1 ||
           inet_pton(AF_INET6, terminated, a->bytes) == 1;
}

void
address_print(const struct address *a, char out[ADDRESS_TEXT_SIZE])
{
    if (address_is_v4(a)) {
        inet_ntop(AF_INET, a->bytes + sizeof(v4_prefix), out, ADDRESS_TEXT_SIZE);
    } else {
        inet_ntop(AF_INET6, a->bytes, out, ADDRESS_TEXT_SIZE);
    }
}

struct address_text
address_text(const struct address *a)
{
    struct address_text out;

    address_print(a, out.text);
    return out;
}

void
address_print_home(const struct address *a, char out[ADDRESS_TEXT_SIZE])
{
    struct address home = *a;

    if (!address_is_v4(a)) {
        memset(home.bytes + 8, 0, 8);
    }
    address_print(&home, out);
}

bool
address_shares_home(const struct address *a, const struct address *b)
{
    bool is_v4 = address_is_v4(a) || address_is_v4(b);

    return memcmp(a->bytes, b->bytes, is_v4 ? sizeof(a->bytes) : 8) == 0;
}

/* ---- networks ---- */

struct network {
    struct address address;
    int bits; /* the first so many of 128 count */
};

static bool
network_parse(struct network *n, struct str word)
{
    const char *slash = memchr(word.p, '/', word.len);
    struct str address = slash != NULL ? str_make(word.p, (size_t)(slash - word.p)) : word;
    int64_t bits;
    int width;

    if (!address_parse(&n->address, address)) {
        return false;
    }
    n->bits = 128;
    if (slash == NULL) {
        return true;
    }
    width = memchr(address.p, ':', address.len) == NULL ? 32 : 128;
    if (!number_parse(str_make(slash + 1, word.len - address.len - 1), 0, width, &bits)) {
        return false;
    }
    n->bits = 128 - width + (int)bits;
    return true;
}

static bool
network_has(const struct address *a, const struct network *n)
{
    size_t whole = (size_t)n->bits / 8;
    int rest = n->bits % 8;

    return memcmp(a->bytes, n->address.bytes, whole) == 0 &&
           (rest == 0 || (a->bytes[whole] ^ n->address.bytes[whole]) >> (8 - rest) == 0);
}

bool
address_list_is_valid(const char *list)
{
    struct network n;
    struct str word;

    while ((word = wordlist_next(&list)).len > 0) {
        if (!network_parse(&n, word)) {
            return false;
        }
    }
    return true;
}

bool
address_in_list(const struct address *a, const char *list)
{
    struct network n;
    struct str word;

    while ((word = wordlist_next(&list)).len > 0) {
        if (network_parse(&n, word) && network_has(a, &n)) {
            return true;
        }
    }
    return false;
}
