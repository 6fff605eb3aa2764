/* finder.c - where is Redis now. */
#include "push-daemon/finder.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "push-daemon/loop.h"

enum {
    PATIENCE_MS = 500, /* with one of them */
    WATCH_MS = 1000
};

struct finder {
    struct loop *loop;
    const struct config *config;
    struct sentinel_place settled; /* where no Sentinel is asked */
    found_fn *fn;
    void *arg;
    size_t next; /* to be asked */
    struct resp *resp;
    struct loop_watch *watch;
    struct loop_timer *timer; /* the next one's turn */
    bool asked;
    bool watching; /* told is what we said last */
    struct sentinel_place told;
};

static void
hang_up(struct finder *f)
{
    loop_watch_destroy(f->watch);
    f->watch = NULL;
    resp_close(f->resp);
    f->resp = NULL;
}

/* Moved masters are told once the Sentinels have agreed: the old one lives on for seconds, and what is stored there
 * is lost. */
static void
tell(struct finder *f, const struct sentinel_place *place)
{
    bool is_news =
        !f->watching || (place != NULL && (strcmp(place->address, f->told.address) != 0 ||
                                           place->redis.port != f->told.redis.port));

    hang_up(f);
    if (place != NULL && sentinel_is_used(f->config)) {
        f->told = *place;
        f->watching = true;
    }
    if (f->watching) {
        f->next = 0;
        loop_timer_start(f->timer, WATCH_MS, 0);
    }
    if (is_news) {
        f->fn(f->arg, place);
    }
}

static void
try_the_next(struct finder *f)
{
    hang_up(f);
    loop_timer_start(f->timer, 0, 0);
}

static bool
ask(struct finder *f)
{
    struct command c;
    struct text out;
    bool ok;

    command_init(&c);
    text_init(&out);
    sentinel_ask(&c, f->config);
    command_format(&out, &c);
    ok = resp_is_connected(f->resp) && resp_send(f->resp, text_str(&out)) == (long)out.len;
    command_fini(&c);
    text_fini(&out);
    loop_watch_want(f->watch, true, false);
    f->asked = true;
    return ok;
}

static void
read_answer(struct finder *f)
{
    struct sentinel_place master;
    struct reply *reply = NULL;
    bool more, known;

    if (!resp_receive(f->resp, &more) || !resp_next(f->resp, &reply)) {
        try_the_next(f);
        return;
    }
    if (reply == NULL) {
        return; /* not whole */
    }
    known = sentinel_take(f->config, reply, &master);
    reply_free(reply);
    if (known) {
        loop_timer_stop(f->timer);
        tell(f, &master);
    } else {
        try_the_next(f);
    }
}

static void
on_socket(void *arg, bool readable, bool writable)
{
    struct finder *f = arg;

    (void)readable;
    (void)writable;
    if (f->asked) {
        read_answer(f);
    } else if (!ask(f)) {
        try_the_next(f);
    }
}

/* The one before has not known, or not answered. */
static void
on_turn(void *arg)
{
    struct finder *f = arg;
    struct sentinel_place place;

    hang_up(f);
    if (!sentinel_is_used(f->config)) {
        tell(f, &f->settled);
        return;
    }
    if (!sentinel_at(f->config, f->next++, &place)) {
        tell(f, NULL);
        return;
    }
    f->asked = false;
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
finder_rest(struct finder *f)
{
    hang_up(f);
    loop_timer_stop(f->timer);
    f->watching = false;
}

void
finder_begin(struct finder *f)
{
    finder_rest(f);
    f->next = 0;
    loop_timer_start(f->timer, 0, 0);
}

struct finder *
finder_create(struct loop *loop, const struct config *config, found_fn *fn, void *arg)
{
    struct finder *f = mem_zalloc(sizeof(*f));

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
finder_destroy(struct finder *f)
{
    if (f != NULL) {
        hang_up(f);
        loop_timer_destroy(f->timer);
        free(f);
    }
}
