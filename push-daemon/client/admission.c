/* admission.c - may a visitor come in. */
#include "push-daemon/client/admission.h"

#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/wordlist.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/core/metrics.h"
#include "push-daemon/core/rate_limit.h"
#include "push-daemon/net/ws_request.h"

enum {
    JOIN_BURST_S = 10 /* an address may come with so many seconds' worth at once */
};

/* A user or an address, as long as it is here or its rate is remembered. */
struct quota {
    UT_hash_handle hh;
    struct quota *prev, *next; /* in leaving, while it has no connection */
    size_t connections;
    struct rate_limit joins;
    size_t length;
    char key[];
};

struct admission {
    struct loop *loop;
    const struct config *config;
    size_t most;
    struct metrics *metrics;
    size_t connections;
    struct quota *users;
    struct quota *addresses;
    struct quota *leaving; /* addresses without a connection */
    struct loop_timer *second;
};

/* ---- guests ---- */

static struct quota *
find(struct quota *all, struct str key)
{
    struct quota *g;

    HASH_FIND(hh, all, key.p, key.len, g);
    return g;
}

static struct quota *
get(struct quota **all, struct str key)
{
    struct quota *g = find(*all, key);

    if (g == NULL) {
        g = mem_zalloc(sizeof(*g) + key.len);
        g->length = key.len;
        memcpy(g->key, key.p, key.len);
        HASH_ADD_KEYPTR(hh, *all, g->key, g->length, g);
    }
    return g;
}

static void
drop(struct quota **all, struct quota *g)
{
    HASH_DEL(*all, g);
    free(g);
}

/* The same for all of one IPv6 network: its clients have as many addresses as they like. */
static struct quota *
get_address(struct admission *admission, const struct ws_request *v)
{
    char home[ADDRESS_TEXT_SIZE];
    struct quota *g;
    bool is_new;

    address_print_home(&v->client, home);
    is_new = find(admission->addresses, str_of(home)) == NULL;
    g = get(&admission->addresses, str_of(home));
    if (is_new) {
        DL_APPEND(admission->leaving, g);
    }
    return g;
}

static void
forget_the_gone(void *arg)
{
    struct admission *admission = arg;
    struct quota *g, *next;

    DL_FOREACH_SAFE (admission->leaving, g, next) {
        if (rate_limit_is_rested(&g->joins, loop_now_ms(admission->loop))) {
            DL_DELETE(admission->leaving, g);
            drop(&admission->addresses, g);
        }
    }
}

/* ---- the door ---- */

static bool
is_welcome_from(const struct admission *admission, struct str origin)
{
    const char *origins = admission->config->push.origins;

    /* Programs that are no browsers name none, and could name any. */
    return strcmp(origins, "*") == 0 || origin.len == 0 || wordlist_has(origins, origin);
}

static bool
is_full(const struct quota *g, int64_t most)
{
    return most > 0 && g != NULL && g->connections >= (size_t)most;
}

static bool
counts_addresses(const struct admission *admission, const struct ws_request *v)
{
    return !v->is_proxy && (admission->config->push.max_per_address > 0 ||
                            admission->config->push.joins_per_second > 0);
}

static int
judge(struct admission *admission, const struct ws_request *v)
{
    int64_t rate = admission->config->push.joins_per_second;
    struct quota *address;

    if (!is_welcome_from(admission, v->origin)) {
        return 403;
    }
    if (admission->connections >= admission->most) {
        return 503;
    }
    if (is_full(find(admission->users, v->route.user), admission->config->push.max_per_user)) {
        return 429;
    }
    if (!counts_addresses(admission, v)) {
        return 0;
    }
    address = get_address(admission, v);
    if (is_full(address, admission->config->push.max_per_address) ||
        !rate_limit_take(&address->joins, loop_now_ms(admission->loop), rate,
                         rate * JOIN_BURST_S)) {
        return 429;
    }
    return 0;
}

int
admission_check(struct admission *admission, const struct ws_request *v)
{
    int status = judge(admission, v);
    char reason[4];

    if (status != 0) {
        snprintf(reason, sizeof(reason), "%d", status);
        metrics_count_reason(admission->metrics->refusals, reason);
    }
    return status;
}

struct ticket
admission_enter(struct admission *admission, const struct ws_request *v)
{
    struct ticket ticket = {NULL, NULL};

    admission->connections++;
    if (admission->config->push.max_per_user > 0) {
        ticket.user = get(&admission->users, v->route.user);
        ticket.user->connections++;
    }
    if (counts_addresses(admission, v)) {
        ticket.address = get_address(admission, v);
        if (ticket.address->connections++ == 0) {
            DL_DELETE(admission->leaving, ticket.address);
        }
    }
    return ticket;
}

void
admission_leave(struct admission *admission, const struct ticket *ticket)
{
    admission->connections--;
    if (ticket->user != NULL && --ticket->user->connections == 0) {
        drop(&admission->users, ticket->user);
    }
    if (ticket->address != NULL && --ticket->address->connections == 0) {
        DL_APPEND(admission->leaving, ticket->address);
    }
}

void
admission_close(struct admission *admission)
{
    admission->most = 0;
}

/* ---- life ---- */

struct admission *
admission_create(struct loop *loop, const struct config *config, size_t most,
                 struct metrics *metrics)
{
    struct admission *admission = mem_zalloc(sizeof(*admission));

    admission->loop = loop;
    admission->config = config;
    admission->most = most;
    admission->metrics = metrics;
    admission->second = loop_timer_create(loop, forget_the_gone, admission);
    loop_timer_start(admission->second, 1000, 1000);
    return admission;
}

static void
drop_all(struct quota **all)
{
    struct quota *g, *next;

    HASH_ITER (hh, *all, g, next) {
        drop(all, g);
    }
}

void
admission_destroy(struct admission *admission)
{
    if (admission != NULL) {
        loop_timer_destroy(admission->second);
        drop_all(&admission->users);
        drop_all(&admission->addresses);
        free(admission);
    }
}
