/* discovery.c - where is Redis now. */
#include "push-daemon/redis/discovery.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/core/loop.h"

enum {
    PATIENCE_MS = 500, /* with one of them */
    WATCH_MS = 1000
};

struct discovery {
    struct loop *loop;
    const struct config *config;
    struct redis_addr settled; /* where no Sentinel is asked */
    discovery_fn *fn;
    void *arg;
    size_t next; /* to be asked */
    int64_t epoch;
    bool known; /* by one of those asked */
    struct redis_addr best;
    struct resp *resp;
    struct loop_watch *watch;
    struct loop_timer *timer; /* the next one's turn */
    bool asked, has_epoch;
    bool watching; /* told is what we said last */
    struct redis_addr told;
};

static void
hang_up(struct discovery *f)
{
    loop_watch_destroy(f->watch);
    f->watch = NULL;
    resp_close(f->resp);
    f->resp = NULL;
}

static void
begin_round(struct discovery *f, int64_t in_ms)
{
    f->next = 0;
    f->known = false;
    loop_timer_start(f->timer, in_ms, 0);
}

/* A master that moved is told of as well: the old one lives on for seconds, and what is stored there is lost. */
static void
tell(struct discovery *f, const struct redis_addr *place)
{
    bool is_news = !f->watching || (place != NULL && !sentinel_is_same(place, &f->told));

    hang_up(f);
    if (place != NULL && sentinel_is_used(f->config)) {
        f->told = *place;
        f->watching = true;
    }
    if (f->watching) {
        begin_round(f, WATCH_MS);
    }
    if (is_news) {
        f->fn(f->arg, place);
    }
}

static void
try_the_next(struct discovery *f)
{
    hang_up(f);
    loop_timer_start(f->timer, 0, 0);
}

static bool
ask(struct discovery *f)
{
    struct argv c;
    struct text out;
    bool ok;

    argv_init(&c);
    text_init(&out);
    sentinel_ask_epoch(&c, f->config);
    argv_format(&out, &c);
    sentinel_ask_address(&c, f->config);
    argv_format(&out, &c);
    ok = resp_is_connected(f->resp) && resp_send(f->resp, text_str(&out)) == (long)out.len;
    argv_fini(&c);
    text_fini(&out);
    loop_watch_want(f->watch, true, false);
    f->asked = true;
    return ok;
}

static void
take_address(struct discovery *f, const struct reply *reply)
{
    struct redis_addr master;

    if (sentinel_take(f->config, reply, &master) && (!f->known || f->epoch > f->best.epoch)) {
        f->best = master;
        f->best.epoch = f->epoch;
        f->known = true;
    }
}

/* False: nothing more is to be had of it. */
static bool
read_answers(struct discovery *f)
{
    struct reply *reply;
    bool more;

    if (!resp_receive(f->resp, &more)) {
        return false;
    }
    while (resp_next(f->resp, &reply)) {
        if (reply == NULL) {
            return true;
        }
        if (f->has_epoch) {
            take_address(f, reply);
            reply_free(reply);
            return false;
        }
        f->epoch = sentinel_epoch(reply);
        f->has_epoch = true;
        reply_free(reply);
    }
    return false;
}

static void
on_socket(void *arg, bool readable, bool writable)
{
    struct discovery *f = arg;

    (void)readable;
    (void)writable;
    if (f->asked ? !read_answers(f) : !ask(f)) {
        try_the_next(f);
    }
}

/* The one before has answered, or it does not. */
static void
on_turn(void *arg)
{
    struct discovery *f = arg;
    struct redis_addr place;

    hang_up(f);
    if (!sentinel_is_used(f->config)) {
        tell(f, &f->settled);
        return;
    }
    if (!sentinel_at(f->config, f->next++, &place)) {
        tell(f, f->known ? &f->best : NULL);
        return;
    }
    f->asked = false;
    f->has_epoch = false;
    f->resp = resp_connect(&place.redis, place.address);
    if (f->resp == NULL) {
        try_the_next(f);
        return;
    }
    f->watch = loop_watch_create(f->loop, resp_descriptor(f->resp), on_socket, f);
    loop_watch_want(f->watch, false, true);
    loop_timer_start(f->timer, PATIENCE_MS, 0);
}

void
discovery_rest(struct discovery *f)
{
    hang_up(f);
    loop_timer_stop(f->timer);
    f->watching = false;
}

void
discovery_begin(struct discovery *f)
{
    discovery_rest(f);
    begin_round(f, 0);
}

struct discovery *
discovery_create(struct loop *loop, const struct config *config, discovery_fn *fn, void *arg)
{
    struct discovery *f = mem_zalloc(sizeof(*f));

    f->settled.redis = config->redis;
    if (!sentinel_is_used(config) && !resp_resolve(&config->redis, f->settled.address)) {
        free(f);
        return NULL;
    }
    f->loop = loop;
    f->config = config;
    f->fn = fn;
    f->arg = arg;
    f->timer = loop_timer_create(loop, on_turn, f);
    return f;
}

void
discovery_destroy(struct discovery *f)
{
    if (f != NULL) {
        hang_up(f);
        loop_timer_destroy(f->timer);
        free(f);
    }
}
