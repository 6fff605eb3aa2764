/* sentinel.c - asks Redis Sentinel for the master's address. */
#include "lib/redis/sentinel.h"

#include <string.h>

#include "lib/config/hostport.h"
#include "lib/config/number.h"
#include "lib/wordlist.h"

bool
sentinel_is_used(const struct config *config)
{
    return config->redis.sentinels[0] != '\0';
}

static void
sentinel_fill(struct redis_addr *addr, const struct config *config, int64_t port)
{
    static char none[] = "";

    addr->redis = config->redis;
    addr->redis.socket = none;
    addr->redis.host = none; /* the address is in addr->address, so that addr can be copied */
    addr->redis.port = port;
}

bool
sentinel_is_same(const struct redis_addr *a, const struct redis_addr *b)
{
    return strcmp(a->address, b->address) == 0 && a->redis.port == b->redis.port;
}

bool
sentinel_at(const struct config *config, size_t i, struct redis_addr *addr)
{
    const char *rest = config->redis.sentinels;
    struct str word = wordlist_next(&rest);
    int port;

    for (; i > 0 && word.len > 0; i--) {
        word = wordlist_next(&rest);
    }
    if (word.len == 0 || !hostport_split(word, addr->address, &port)) {
        return false;
    }
    sentinel_fill(addr, config, port);
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
    int64_t port;

    if (address.len == 0 || address.len >= sizeof(master->address) ||
        !number_parse(reply_text(reply_at(reply, 1)), 1, 65535, &port)) {
        return false;
    }
    memcpy(master->address, address.p, address.len);
    master->address[address.len] = '\0';
    sentinel_fill(master, config, port);
    return true;
}
