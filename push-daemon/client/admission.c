/* admission.c - may a connection come in. */
#include "push-daemon/client/admission.h"

#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/wordlist.h"
#include "push-daemon/client/quota.h"
#include "push-daemon/core/env.h"
#include "push-daemon/net/ws_request.h"

enum {
    FRAMES_TIMES = 4, /* as many frames as messages: pings, and pieces of messages */
    JOIN_BURST_S = 10 /* so many seconds' worth of joins may come at once */
};

struct admission {
    const struct env *env;
    size_t max;
    size_t connections;
    struct quotas users;
    struct quotas addresses;
};

/* An IPv6 client can take any address of its /64 network, so the network has one quota. */
static struct quota *
admission_address(struct admission *a, const struct ws_request *request)
{
    char home[ADDRESS_TEXT_SIZE];

    address_print_home(&request->client, home);
    return quotas_get(&a->addresses, str_of(home));
}

void
admission_every_second(struct admission *a)
{
    quotas_forget_rested(&a->users, env_now_ms(a->env));
    quotas_forget_rested(&a->addresses, env_now_ms(a->env));
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
    const struct config *config = a->env->config;

    return !request->is_proxy &&
           (config->push.max_per_address > 0 || config->push.joins_per_second > 0 ||
            config->push.messages_per_second > 0 || config->push.bytes_per_second > 0);
}

int
admission_check(struct admission *a, const struct ws_request *request)
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
    if (quota_is_full(quotas_find(&a->users, request->route.user), config->push.max_per_user)) {
        return 429;
    }
    if (!admission_counts_address(a, request)) {
        return 0;
    }
    address = admission_address(a, request);
    if (quota_is_full(address, config->push.max_per_address) ||
        !rate_limit_take(&address->joins, env_now_ms(a->env), rate, rate * JOIN_BURST_S)) {
        return 429;
    }
    return 0;
}

struct ticket
admission_enter(struct admission *a, const struct ws_request *request)
{
    struct ticket ticket = {NULL, NULL};

    a->connections++;
    if (a->env->config->push.max_per_user > 0) {
        ticket.user = quotas_get(&a->users, request->route.user);
        quotas_hold(&a->users, ticket.user);
    }
    if (admission_counts_address(a, request)) {
        ticket.address = admission_address(a, request);
        quotas_hold(&a->addresses, ticket.address);
    }
    return ticket;
}

void
admission_leave(struct admission *a, const struct ticket *ticket)
{
    a->connections--;
    if (ticket->user != NULL) {
        quotas_release(&a->users, ticket->user);
    }
    if (ticket->address != NULL) {
        quotas_release(&a->addresses, ticket->address);
    }
}

/* ---- messages ---- */

static bool
admission_allows_message(const struct admission *a, const struct quota *q, int64_t bytes)
{
    const struct config *config = a->env->config;
    int64_t now = env_now_ms(a->env);

    return q == NULL || (rate_limit_allows(&q->messages, now, 1, config->push.messages_per_second,
                                           config->push.message_burst) &&
                         rate_limit_allows(&q->bytes, now, bytes, config->push.bytes_per_second,
                                           config->push.byte_burst));
}

static void
admission_count_message(const struct admission *a, struct quota *q, int64_t bytes)
{
    const struct config *config = a->env->config;
    int64_t now = env_now_ms(a->env);

    if (q != NULL) {
        rate_limit_count(&q->messages, now, 1, config->push.messages_per_second);
        rate_limit_count(&q->bytes, now, bytes, config->push.bytes_per_second);
    }
}

static bool
admission_has_rates(const struct admission *a)
{
    const struct config *config = a->env->config;

    return config->push.messages_per_second > 0 || config->push.bytes_per_second > 0;
}

/* A client that only listens, as most do, costs no quota of its user. */
static void
admission_count_user(struct admission *a, struct ticket *ticket, struct str user)
{
    if (ticket->user == NULL) {
        ticket->user = quotas_get(&a->users, user);
        quotas_hold(&a->users, ticket->user);
    }
}

bool
admission_take_message(struct admission *a, struct ticket *ticket, struct str user, size_t bytes)
{
    if (admission_has_rates(a)) {
        admission_count_user(a, ticket, user);
    }
    if (!admission_allows_message(a, ticket->user, (int64_t)bytes) ||
        !admission_allows_message(a, ticket->address, (int64_t)bytes)) {
        return false;
    }
    admission_count_message(a, ticket->user, (int64_t)bytes);
    admission_count_message(a, ticket->address, (int64_t)bytes);
    return true;
}

bool
admission_allows(const struct admission *a, const struct ticket *ticket, size_t bytes)
{
    return admission_allows_message(a, ticket->user, (int64_t)bytes) &&
           admission_allows_message(a, ticket->address, (int64_t)bytes);
}

int64_t
admission_wait_ms(const struct admission *a, const struct ticket *ticket, size_t bytes)
{
    const struct quota *q = ticket->address != NULL ? ticket->address : ticket->user;
    int64_t rate = a->env->config->push.bytes_per_second;

    return q != NULL && rate > 0 ? (int64_t)bytes * q->connections * 1000 / rate : 0;
}

void
admission_charge(struct admission *a, struct ticket *ticket, struct str user, size_t bytes)
{
    int64_t rate = a->env->config->push.bytes_per_second, now = env_now_ms(a->env);

    if (rate == 0) {
        return;
    }
    admission_count_user(a, ticket, user);
    rate_limit_count(&ticket->user->bytes, now, (int64_t)bytes, rate);
    if (ticket->address != NULL) {
        rate_limit_count(&ticket->address->bytes, now, (int64_t)bytes, rate);
    }
}

static bool
admission_count_frame(const struct admission *a, struct quota *q)
{
    const struct config *config = a->env->config;
    int64_t rate = FRAMES_TIMES * config->push.messages_per_second;
    int64_t burst = FRAMES_TIMES * config->push.message_burst, now = env_now_ms(a->env);
    bool allowed;

    if (q == NULL) {
        return true;
    }
    allowed = rate_limit_allows(&q->frames, now, 1, rate, burst);
    if (allowed) {
        rate_limit_count(&q->frames, now, 1, rate);
    }
    return allowed;
}

/* A client that only listens sends a pong once in a while: the quota of its address is enough. */
bool
admission_take_frame(struct admission *a, struct ticket *ticket, struct str user)
{
    bool user_may, address_may;

    if (a->env->config->push.messages_per_second == 0) {
        return true;
    }
    if (ticket->address == NULL) {
        admission_count_user(a, ticket, user);
    }
    user_may = admission_count_frame(a, ticket->user);
    address_may = admission_count_frame(a, ticket->address);
    return user_may && address_may;
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

void
admission_destroy(struct admission *a)
{
    if (a != NULL) {
        quotas_forget_all(&a->users);
        quotas_forget_all(&a->addresses);
        free(a);
    }
}
