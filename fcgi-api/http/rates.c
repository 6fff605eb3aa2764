/* rates.c - how many requests a client address may send per second. */
#include "fcgi-api/http/rates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/config/address.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/rate_limit.h"
#include "lib/text.h"

enum {
    SETS = 1024, /* a client has its place in one of them */
    WAYS = 4     /* in each: so four clients there do not disturb each other */
};

/* Processes change it at the same time. So each field is read and written in one piece. If two of
 * them take a slot in the same moment, a request may count for the other client: no harm. */
struct slot {
    uint64_t client; /* a fingerprint; 0: free */
    int64_t empty_ns;
};

/* In memory that all processes share. The key of a process alone, hash_bytes(), would give each of
 * them other fingerprints. */
struct table {
    uint64_t key[2]; /* of the fingerprints; the first process makes it; 0: not made yet */
    struct slot sets[SETS][WAYS];
};

struct rates {
    const struct config *config;
    struct hash_key key;
    uint64_t site; /* this one of the installations on the host */
    struct table *table;
};

/* ---- the table ---- */

/* Nobody else may have made it, who could change it then. */
static bool
rates_is_ours(int fd)
{
    struct stat there;

    return fstat(fd, &there) == 0 && there.st_uid == geteuid() && (there.st_mode & 077) == 0;
}

/* Returns the descriptor of the table that all share, or -1. */
static int
rates_open_shared(void)
{
    char name[40];
    int fd;

    snprintf(name, sizeof(name), "/fastim-rates-2.%u", (unsigned)geteuid());
    fd = shm_open(name, O_RDWR | O_CREAT, 0600);
    if (fd >= 0 && (!rates_is_ours(fd) || ftruncate(fd, (off_t)sizeof(struct table)) != 0)) {
        close(fd);
        errno = EPERM;
        fd = -1;
    }
    if (fd < 0) {
        log_warn("rates reason=\"no shared memory (%s): each process counts for itself\"",
                 strerror(errno));
    }
    return fd;
}

/* Half of the key that all have: that in the table, or a random one that this puts there. */
static uint64_t
rates_share_key(uint64_t *half, const char *name)
{
    uint64_t there = 0,
             random = hash_bytes(str_of(name)) | 1; /* keyed at random, so random itself */

    return __atomic_compare_exchange_n(half, &there, random, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST)
               ? random
               : there;
}

/* What distinguishes installations that share a host: each has its own keys in Redis. */
static uint64_t
rates_site(const struct hash_key *key, const struct config_redis *redis)
{
    struct text text;
    uint64_t site;

    text_init(&text);
    text_add_str(&text, redis->socket);
    text_add_str(&text, redis->sentinels);
    text_add_str(&text, redis->host);
    text_add_int(&text, redis->port);
    text_add_str(&text, "/");
    text_add_int(&text, redis->database);
    text_add_str(&text, redis->prefix);
    site = hash_siphash(key, text_str(&text));
    text_fini(&text);
    return site;
}

struct rates *
rates_create(const struct config *config)
{
    struct rates *r;
    int fd;

    if (config->http.requests_per_second == 0) {
        return NULL;
    }
    r = mem_zalloc(sizeof(*r));
    r->config = config;
    fd = rates_open_shared();
    r->table = mmap(NULL, sizeof(*r->table), PROT_READ | PROT_WRITE,
                    fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);
    if (fd >= 0) {
        close(fd);
    }
    if (r->table == MAP_FAILED) {
        log_error("rates reason=\"out of memory\"");
        abort();
    }
    r->key.k0 = rates_share_key(&r->table->key[0], "rates k0");
    r->key.k1 = rates_share_key(&r->table->key[1], "rates k1");
    r->site = rates_site(&r->key, &config->redis);
    return r;
}

void
rates_destroy(struct rates *r)
{
    if (r != NULL) {
        munmap(r->table, sizeof(*r->table));
        free(r);
    }
}

/* ---- requests ---- */

static int64_t
rates_rate(const struct rates *r)
{
    return r != NULL ? r->config->http.requests_per_second : 0;
}

static uint64_t
rates_fingerprint(const struct rates *r, struct str client)
{
    struct address address;
    char home[ADDRESS_TEXT_SIZE] = "";
    uint64_t print;

    if (address_parse(&address, client)) {
        address_print_home(&address, home);
    }
    print = hash_siphash(&r->key, str_of(home)) * 31 + r->site;
    return print != 0 ? print : 1;
}

/* Its slot; a new client gets the one that has rested longest. */
static struct slot *
rates_slot(const struct rates *r, uint64_t client)
{
    struct slot *set = r->table->sets[(client ^ client >> 32) % SETS], *oldest = &set[0];

    for (int i = 0; i < WAYS; i++) {
        if (__atomic_load_n(&set[i].client, __ATOMIC_RELAXED) == client) {
            return &set[i];
        }
        if (__atomic_load_n(&set[i].empty_ns, __ATOMIC_RELAXED) <
            __atomic_load_n(&oldest->empty_ns, __ATOMIC_RELAXED)) {
            oldest = &set[i];
        }
    }
    __atomic_store_n(&oldest->client, client, __ATOMIC_RELAXED);
    __atomic_store_n(&oldest->empty_ns, 0, __ATOMIC_RELAXED);
    return oldest;
}

/* False: another process was faster, and before is what it has left there. */
static bool
slot_change(struct slot *slot, int64_t *before, const struct rate_limit *after)
{
    return __atomic_compare_exchange_n(&slot->empty_ns, before, after->empty_ns, false,
                                       __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

bool
rates_take(struct rates *r, struct str client)
{
    int64_t rate = rates_rate(r), now = clock_ms();
    struct rate_limit limit;
    struct slot *slot;
    int64_t before;

    if (rate == 0) {
        return true;
    }
    slot = rates_slot(r, rates_fingerprint(r, client));
    before = __atomic_load_n(&slot->empty_ns, __ATOMIC_RELAXED);
    do {
        limit.empty_ns = before;
        if (!rate_limit_take(&limit, now, rate, rate * RATES_BURST_S)) {
            return false;
        }
    } while (!slot_change(slot, &before, &limit));
    return true;
}

void
rates_charge(struct rates *r, struct str client, size_t bytes)
{
    int64_t rate = rates_rate(r), now = clock_ms(), count = (int64_t)(bytes / RATES_BYTES_EACH);
    struct rate_limit limit;
    struct slot *slot;
    int64_t before;

    if (rate == 0 || count == 0) {
        return;
    }
    slot = rates_slot(r, rates_fingerprint(r, client));
    before = __atomic_load_n(&slot->empty_ns, __ATOMIC_RELAXED);
    do {
        limit.empty_ns = before;
        rate_limit_count(&limit, now, count, rate);
        rate_limit_forgive(&limit, now, 2 * RATES_BURST_S);
    } while (!slot_change(slot, &before, &limit));
}
