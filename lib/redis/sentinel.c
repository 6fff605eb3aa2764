/* sentinel.c - asks Redis Sentinel for the master's address. */
#include "lib/redis/sentinel.h"

#include <string.h>

#include "lib/config/number.h"

bool
sentinel_is_used(const struct config *config)
{
    return config->redis.sentinels[0] != '\0';
}

_Static_assert((int)RESP_ADDRESS_SIZE == (int)HOSTPORT_HOST_SIZE, "an address fits");

void
sentinel_addr_of(const struct config *config, const struct place *place, struct redis_addr *addr)
{
    static char none[] = "";

    memcpy(addr->address, place->address, sizeof(addr->address));
    addr->redis = config->redis;
    addr->redis.socket = none;
    addr->redis.host = none; /* the address is in addr->address, so that addr can be copied */
    addr->redis.port = place->port;
}

bool
sentinel_is_same(const struct redis_addr *a, const struct redis_addr *b)
{
    return strcmp(a->address, b->address) == 0 && a->redis.port == b->redis.port;
}

bool
sentinel_at(const struct config *config, size_t i, struct redis_addr *addr)
{
    struct place place;

    if (!place_at(config->redis.sentinels, i, &place)) {
        return false;
    }
    sentinel_addr_of(config, &place, addr);
    return true;
}

static void
sentinel_ask(struct argv *c, const char *what, const char *master)
{
    argv_clear(c);
    argv_add_str(c, "SENTINEL");
    argv_add_str(c, what);
    argv_add_str(c, master);
}

void
sentinel_ask_epoch(struct argv *c, const struct config *config)
{
    sentinel_ask(c, "MASTER", config->redis.master);
}

void
sentinel_ask_address(struct argv *c, const struct config *config)
{
    sentinel_ask(c, "GET-MASTER-ADDR-BY-NAME", config->redis.master);
}

int64_t
sentinel_epoch(const struct reply *reply)
{
    int64_t epoch;

    for (size_t i = 0; i + 1 < reply_count(reply); i += 2) { /* names and values */
        if (str_is(reply_text(reply_at(reply, i)), "config-epoch") &&
            number_parse(reply_text(reply_at(reply, i + 1)), 0, INT64_MAX, &epoch)) {
            return epoch;
        }
    }
    return 0;
}

bool
sentinel_take(const struct config *config, const struct reply *reply, struct redis_addr *master)
{
    struct str address = reply_count(reply) == 2 ? reply_text(reply_at(reply, 0)) : str_of("");
    struct place place = {.port = 0};
    int64_t port;

    if (address.len == 0 || address.len >= sizeof(place.address) ||
        !number_parse(reply_text(reply_at(reply, 1)), 1, 65535, &port)) {
        return false;
    }
    memcpy(place.address, address.p, address.len);
    place.port = (int)port;
    sentinel_addr_of(config, &place, master);
    return true;
}
