/* place.c - where a Redis listens. */
#include "lib/cluster/place.h"

#include <stdio.h>
#include <string.h>

#include "lib/config/number.h"
#include "lib/wordlist.h"

bool
place_is_same(const struct place *a, const struct place *b)
{
    return a->port == b->port && strcmp(a->address, b->address) == 0;
}

bool
place_at(const char *words, size_t i, struct place *place)
{
    struct str word = wordlist_next(&words);

    for (; i > 0 && word.len > 0; i--) {
        word = wordlist_next(&words);
    }
    return word.len > 0 && hostport_split(word, place->address, &place->port);
}

static bool
place_is_address_byte(unsigned char c)
{
    return c > ' ' && c != 0x7f && strchr("[]/@,", c) == NULL;
}

bool
place_read(struct str text, const struct place *from, struct place *place)
{
    const char *colon = text.len > 0 ? memrchr(text.p, ':', text.len) : NULL;
    struct str address;
    int64_t port;

    if (colon == NULL) {
        return false;
    }
    address = str_make(text.p, (size_t)(colon - text.p));
    if (!number_parse(str_make(colon + 1, text.len - address.len - 1), 1, 65535, &port)) {
        return false;
    }
    if (address.len == 0 || str_is(address, "?")) {
        address = str_of(from->address);
    }
    if (address.len == 0 || address.len >= sizeof(place->address)) {
        return false;
    }
    for (size_t i = 0; i < address.len; i++) {
        if (!place_is_address_byte((unsigned char)address.p[i])) {
            return false;
        }
    }
    memmove(place->address, address.p, address.len); /* place may be from */
    place->address[address.len] = '\0';
    place->port = (int)port;
    return true;
}

void
place_print(const struct place *place, char out[PLACE_TEXT_SIZE])
{
    bool is_ipv6 = strchr(place->address, ':') != NULL;

    snprintf(out, PLACE_TEXT_SIZE, is_ipv6 ? "[%s]:%d" : "%s:%d", place->address,
             place->port & 0xffff);
}
