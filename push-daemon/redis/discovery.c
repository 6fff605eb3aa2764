/* discovery.c - where is Redis now? */
#include "push-daemon/redis/discovery.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/redis/target.h"

enum {
    PATIENCE_MS = 500, /* longest wait for one Sentinel */
    WATCH_MS = 1000    /* how often they are asked while a master is known */
};

struct discovery {
    struct loop *loop;
    const struct config *config;
    struct redis_addr configured; /* used if there are no Sentinels */
    discovery_fn *fn;
    void *arg;
    struct loop_timer *timer; /* when it fires, the next Sentinel is asked */

    /* This round. */
    size_t next;            /* the Sentinel to ask next */
    bool known;             /* one of those asked knew the master */
    struct redis_addr best; /* the master of the latest epoch so far */

    /* The Sentinel being asked. */
    struct resp *resp; /* NULL: none */
    struct loop_watch *watch;
    bool asked, has_epoch;
    int64_t epoch;

    bool watching; /* a master is known; told is the one that fn was given last */
    struct redis_addr told;
};

static void
discovery_hang_up(struct discovery *d)
{
    loop_watch_destroy(d->watch);
    d->watch = NULL;
    resp_close(d->resp);
    d->resp = NULL;
}

static void
discovery_begin_round(struct discovery *d, int64_t in_ms)
{
    d->next = 0;
    d->known = false;
    loop_timer_start(d->timer, in_ms, 0);
}

/* A master that moved is reported at once: the old one lives on for seconds, and what is stored
 * there is lost. */
static void
discovery_tell(struct discovery *d, const struct redis_addr *addr)
{
    bool is_news;

    if (d->watching && addr != NULL && addr->epoch < d->told.epoch) {
        addr =
            NULL; /* only a Sentinel that was cut off has answered: it still knows an old master */
    }
    is_news = !d->watching || (addr != NULL && !sentinel_is_same(addr, &d->told));
    if (addr != NULL && sentinel_is_used(d->config)) {
        d->told = *addr;
        d->watching = true;
    }
    if (d->watching) {
        discovery_begin_round(d, WATCH_MS);
    }
    if (is_news) {
        d->fn(d->arg, addr);
    }
}

static void
discovery_try_next(struct discovery *d)
{
    discovery_hang_up(d);
    loop_timer_start(d->timer, 0, 0);
}

static bool
discovery_ask(struct discovery *d)
{
    struct argv c;
    struct text out;
    bool ok;

    argv_init(&c);
    text_init(&out);
    sentinel_ask_epoch(&c, d->config);
    argv_format(&out, &c);
    sentinel_ask_address(&c, d->config);
    argv_format(&out, &c);
    ok = resp_is_connected(d->resp) && resp_send(d->resp, text_str(&out)) == (long)out.len;
    argv_fini(&c);
    text_fini(&out);
    loop_watch_want(d->watch, true, false);
    d->asked = true;
    return ok;
}

static void
discovery_take_addr(struct discovery *d, const struct reply *reply)
{
    struct redis_addr master;

    if (sentinel_take(d->config, reply, &master) && (!d->known || d->epoch > d->best.epoch)) {
        d->best = master;
        d->best.epoch = d->epoch;
        d->known = true;
    }
}

/* False: nothing more is expected of this Sentinel. */
static bool
discovery_read(struct discovery *d)
{
    struct reply *reply;
    bool more;

    if (!resp_receive(d->resp, &more)) {
        return false;
    }
    while (resp_next(d->resp, &reply)) {
        if (reply == NULL) {
            return true;
        }
        if (d->has_epoch) {
            discovery_take_addr(d, reply);
            reply_free(reply);
            return false;
        }
        d->epoch = sentinel_epoch(reply);
        d->has_epoch = true;
        reply_free(reply);
    }
    return false;
}

static void
discovery_on_socket(void *arg, bool readable, bool writable)
{
    struct discovery *d = arg;

    (void)readable;
    (void)writable;
    if (d->asked ? !discovery_read(d) : !discovery_ask(d)) {
        discovery_try_next(d);
    }
}

/* The Sentinel before has answered, or will not. */
static void
discovery_on_timer(void *arg)
{
    struct discovery *d = arg;
    struct redis_addr addr;

    discovery_hang_up(d);
    if (!sentinel_is_used(d->config)) {
        discovery_tell(d, &d->configured);
        return;
    }
    if (!sentinel_at(d->config, d->next++, &addr)) {
        discovery_tell(d, d->known ? &d->best : NULL);
        return;
    }
    d->asked = false;
    d->has_epoch = false;
    d->resp = resp_connect(&addr.redis, addr.address);
    if (d->resp == NULL) {
        discovery_try_next(d);
        return;
    }
    d->watch = loop_watch_create(d->loop, resp_descriptor(d->resp), discovery_on_socket, d);
    loop_watch_want(d->watch, false, true);
    loop_timer_start(d->timer, PATIENCE_MS, 0);
}

void
discovery_rest(struct discovery *d)
{
    discovery_hang_up(d);
    loop_timer_stop(d->timer);
    d->watching = false;
}

void
discovery_begin(struct discovery *d)
{
    discovery_rest(d);
    discovery_begin_round(d, 0);
}

struct discovery *
discovery_create(struct loop *loop, const struct config *config, const struct target *target,
                 discovery_fn *fn, void *arg)
{
    struct discovery *d = mem_zalloc(sizeof(*d));

    d->configured.redis = config->redis;
    if (target->kind != TARGET_REDIS) {
        sentinel_addr_of(config, &target->place, &d->configured);
    } else if (!sentinel_is_used(config) && !resp_resolve(&config->redis, d->configured.address)) {
        free(d);
        return NULL;
    }
    d->loop = loop;
    d->config = config;
    d->fn = fn;
    d->arg = arg;
    d->timer = loop_timer_create(loop, discovery_on_timer, d);
    return d;
}

void
discovery_destroy(struct discovery *d)
{
    if (d != NULL) {
        discovery_hang_up(d);
        loop_timer_destroy(d->timer);
        free(d);
    }
}
