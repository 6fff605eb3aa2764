/* door.c - may a visitor come in. */
#include "push-daemon/door.h"

#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/wordlist.h"
#include "push-daemon/loop.h"
#include "push-daemon/metrics.h"
#include "push-daemon/rate.h"
#include "push-daemon/visitor.h"

enum {
    JOIN_BURST_S = 10 /* an address may come with so many seconds' worth at once */
};

/* A user or an address, as long as it is here or its rate is remembered. */
struct guest {
    UT_hash_handle hh;
    struct guest *prev, *next; /* in leaving, while it has no connection */
    size_t connections;
    struct rate joins;
    size_t length;
    char key[];
};

struct door {
    struct loop *loop;
    const struct config *config;
    size_t most;
    struct metrics *metrics;
    size_t connections;
    struct guest *users;
    struct guest *addresses;
    struct guest *leaving; /* addresses without a connection */
    struct loop_timer *second;
};

/* ---- guests ---- */

static struct guest *
find(struct guest *all, struct str key)
{
    struct guest *g;

    HASH_FIND(hh, all, key.p, key.len, g);
    return g;
}

static struct guest *
get(struct guest **all, struct str key)
{
    struct guest *g = find(*all, key);

    if (g == NULL) {
        g = mem_zalloc(sizeof(*g) + key.len);
        g->length = key.len;
        memcpy(g->key, key.p, key.len);
        HASH_ADD_KEYPTR(hh, *all, g->key, g->length, g);
    }
    return g;
}

static void
drop(struct guest **all, struct guest *g)
{
    HASH_DEL(*all, g);
    free(g);
}

/* The same for all of one IPv6 network: its clients have as many addresses as they like. */
static struct guest *
get_address(struct door *door, const struct visitor *v)
{
    char home[ADDRESS_TEXT_SIZE];
    struct guest *g;
    bool is_new;

    address_print_home(&v->client, home);
    is_new = find(door->addresses, str_of(home)) == NULL;
    g = get(&door->addresses, str_of(home));
    if (is_new) {
        DL_APPEND(door->leaving, g);
    }
    return g;
}

static void
forget_the_gone(void *arg)
{
    struct door *door = arg;
    struct guest *g, *next;

    DL_FOREACH_SAFE (door->leaving, g, next) {
        if (rate_is_rested(&g->joins, loop_now_ms(door->loop))) {
            DL_DELETE(door->leaving, g);
            drop(&door->addresses, g);
        }
    }
}

/* ---- the door ---- */

static bool
is_welcome_from(const struct door *door, struct str origin)
{
    const char *origins = door->config->push.origins;

    /* Programs that are no browsers name none, and could name any. */
    return strcmp(origins, "*") == 0 || origin.len == 0 || wordlist_has(origins, origin);
}

static bool
is_full(const struct guest *g, int64_t most)
{
    return most > 0 && g != NULL && g->connections >= (size_t)most;
}

static bool
counts_addresses(const struct door *door, const struct visitor *v)
{
    return !v->is_proxy &&
           (door->config->push.max_per_address > 0 || door->config->push.joins_per_second > 0);
}

static int
judge(struct door *door, const struct visitor *v)
{
    int64_t rate = door->config->push.joins_per_second;
    struct guest *address;

    if (!is_welcome_from(door, v->origin)) {
        return 403;
    }
    if (door->connections >= door->most) {
        return 503;
    }
    if (is_full(find(door->users, v->route.user), door->config->push.max_per_user)) {
        return 429;
    }
    if (!counts_addresses(door, v)) {
        return 0;
    }
    address = get_address(door, v);
    if (is_full(address, door->config->push.max_per_address) ||
        !rate_take(&address->joins, loop_now_ms(door->loop), rate, rate * JOIN_BURST_S)) {
        return 429;
    }
    return 0;
}

int
door_ask(struct door *door, const struct visitor *v)
{
    int status = judge(door, v);
    char reason[4];

    if (status != 0) {
        snprintf(reason, sizeof(reason), "%d", status);
        metrics_count_reason(door->metrics->refusals, reason);
    }
    return status;
}

struct pass
door_enter(struct door *door, const struct visitor *v)
{
    struct pass pass = {NULL, NULL};

    door->connections++;
    if (door->config->push.max_per_user > 0) {
        pass.user = get(&door->users, v->route.user);
        pass.user->connections++;
    }
    if (counts_addresses(door, v)) {
        pass.address = get_address(door, v);
        if (pass.address->connections++ == 0) {
            DL_DELETE(door->leaving, pass.address);
        }
    }
    return pass;
}

void
door_leave(struct door *door, const struct pass *pass)
{
    door->connections--;
    if (pass->user != NULL && --pass->user->connections == 0) {
        drop(&door->users, pass->user);
    }
    if (pass->address != NULL && --pass->address->connections == 0) {
        DL_APPEND(door->leaving, pass->address);
    }
}

void
door_shut(struct door *door)
{
    door->most = 0;
}

/* ---- life ---- */

struct door *
door_create(struct loop *loop, const struct config *config, size_t most, struct metrics *metrics)
{
    struct door *door = mem_zalloc(sizeof(*door));

    door->loop = loop;
    door->config = config;
    door->most = most;
    door->metrics = metrics;
    door->second = loop_timer_create(loop, forget_the_gone, door);
    loop_timer_start(door->second, 1000, 1000);
    return door;
}

static void
drop_all(struct guest **all)
{
    struct guest *g, *next;

    HASH_ITER (hh, *all, g, next) {
        drop(all, g);
    }
}

void
door_destroy(struct door *door)
{
    if (door != NULL) {
        loop_timer_destroy(door->second);
        drop_all(&door->users);
        drop_all(&door->addresses);
        free(door);
    }
}
