/* admission.c - may a connection come in. */
#include "push-daemon/client/admission.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/wordlist.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/rate_limit.h"
#include "push-daemon/net/ws_request.h"

enum {
    JOIN_BURST_S = 10 /* so many seconds' worth of joins may come at once */
};

/* What a user or an address uses of its limits. It is kept as long as it uses something. */
struct quota {
    UT_hash_handle hh;
    struct quota *prev, *next; /* in admission.idle, while it has no connection */
    size_t connections;
    struct rate_limit joins;
    size_t key_len;
    char key[];
};

struct admission {
    const struct env *env;
    size_t max;
    size_t connections;
    struct quota *users;
    struct quota *addresses;
    struct quota *idle; /* addresses without a connection, whose rate is remembered */
};

/* ---- quotas ---- */

static struct quota *
quota_find(struct quota *all, struct str key)
{
    struct quota *q;

    HASH_FIND(hh, all, key.p, key.len, q);
    return q;
}

static struct quota *
quota_get(struct quota **all, struct str key)
{
    struct quota *q = quota_find(*all, key);

    if (q == NULL) {
        q = mem_zalloc(sizeof(*q) + key.len);
        q->key_len = key.len;
        memcpy(q->key, key.p, key.len);
        HASH_ADD_KEYPTR(hh, *all, q->key, q->key_len, q);
    }
    return q;
}

static void
quota_drop(struct quota **all, struct quota *q)
{
    HASH_DEL(*all, q);
    free(q);
}

/* An IPv6 client can take any address of its /64 network, so the network has one quota. */
static struct quota *
quota_of_address(struct admission *a, const struct ws_request *request)
{
    char home[ADDRESS_TEXT_SIZE];
    struct quota *q;
    bool is_new;

    address_print_home(&request->client, home);
    is_new = quota_find(a->addresses, str_of(home)) == NULL;
    q = quota_get(&a->addresses, str_of(home));
    if (is_new) {
        DL_APPEND(a->idle, q);
    }
    return q;
}

static bool
quota_is_full(const struct quota *q, int64_t max)
{
    return max > 0 && q != NULL && q->connections >= (size_t)max;
}

void
admission_every_second(struct admission *a)
{
    struct quota *q, *next;

    DL_FOREACH_SAFE (a->idle, q, next) {
        if (rate_limit_is_rested(&q->joins, env_now_ms(a->env))) {
            DL_DELETE(a->idle, q);
            quota_drop(&a->addresses, q);
        }
    }
}

/* ---- requests ---- */

/* A program that is no browser sends no origin. It could send any, so nothing is lost. */
static bool
admission_allows_origin(const struct admission *a, struct str origin)
{
    const char *origins = a->env->config->push.origins;

    return strcmp(origins, "*") == 0 || origin.len == 0 || wordlist_has(origins, origin);
}

static bool
admission_counts_address(const struct admission *a, const struct ws_request *request)
{
    return !request->is_proxy &&
           (a->env->config->push.max_per_address > 0 || a->env->config->push.joins_per_second > 0);
}

static int
admission_status(struct admission *a, const struct ws_request *request)
{
    const struct config *config = a->env->config;
    int64_t rate = config->push.joins_per_second;
    struct quota *address;

    if (!admission_allows_origin(a, request->origin)) {
        return 403;
    }
    if (a->connections >= a->max) {
        return 503;
    }
    if (quota_is_full(quota_find(a->users, request->route.user), config->push.max_per_user)) {
        return 429;
    }
    if (!admission_counts_address(a, request)) {
        return 0;
    }
    address = quota_of_address(a, request);
    if (quota_is_full(address, config->push.max_per_address) ||
        !rate_limit_take(&address->joins, env_now_ms(a->env), rate, rate * JOIN_BURST_S)) {
        return 429;
    }
    return 0;
}

int
admission_check(struct admission *a, const struct ws_request *request)
{
    int status = admission_status(a, request);

    if (status != 0) {
        metrics_count_refusal(a->env->metrics, status);
    }
    return status;
}

struct ticket
admission_enter(struct admission *a, const struct ws_request *request)
{
    struct ticket ticket = {NULL, NULL};

    a->connections++;
    if (a->env->config->push.max_per_user > 0) {
        ticket.user = quota_get(&a->users, request->route.user);
        ticket.user->connections++;
    }
    if (admission_counts_address(a, request)) {
        ticket.address = quota_of_address(a, request);
        if (ticket.address->connections++ == 0) {
            DL_DELETE(a->idle, ticket.address);
        }
    }
    return ticket;
}

void
admission_leave(struct admission *a, const struct ticket *ticket)
{
    a->connections--;
    if (ticket->user != NULL && --ticket->user->connections == 0) {
        quota_drop(&a->users, ticket->user);
    }
    if (ticket->address != NULL && --ticket->address->connections == 0) {
        DL_APPEND(a->idle, ticket->address);
    }
}

void
admission_close(struct admission *a)
{
    a->max = 0;
}

/* ---- life ---- */

struct admission *
admission_create(const struct env *env, size_t max)
{
    struct admission *a = mem_zalloc(sizeof(*a));

    a->env = env;
    a->max = max;
    return a;
}

static void
quota_drop_all(struct quota **all)
{
    struct quota *q, *next;

    HASH_ITER (hh, *all, q, next) {
        quota_drop(all, q);
    }
}

void
admission_destroy(struct admission *a)
{
    if (a != NULL) {
        quota_drop_all(&a->users);
        quota_drop_all(&a->addresses);
        free(a);
    }
}
