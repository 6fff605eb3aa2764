/* append_look.c - after a break of the connection: what has Redis taken of a producer's appends? */
#include "push-daemon/append/append_look.h"

#include <stdlib.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/append/append_reply.h"
#include "push-daemon/core/env.h"
#include "push-daemon/nodes/node.h"

enum {
    ASK_AGAIN_MS = 1000 /* after an answer that says nothing */
};

struct append_look {
    const struct env *env;
    const struct append_look_handlers *handlers;
    void *arg;
    struct loop_timer *ask_again;
    struct argv argv;
    struct node *node;
    struct str group;
    struct str producer;
    size_t most;
    bool is_under_way;
    bool waits; /* the timer runs */
};

static void
append_look_wait(struct append_look *l)
{
    l->waits = true;
    loop_timer_start(l->ask_again, ASK_AGAIN_MS, 0);
}

static void
append_look_send(struct append_look *l, reply_fn *fn)
{
    l->is_under_way = node_send(l->node, &l->argv, fn, l);
    if (!l->is_under_way) {
        log_error("append-look reason=\"cannot ask\"");
        append_look_wait(l);
    }
}

/* If not, it is asked for again; after a break by the next connection. */
static bool
append_look_is_answer(struct append_look *l, const struct reply *reply)
{
    l->is_under_way = false;
    if (reply_type(reply) != REPLY_LOST &&
        (reply_is_passing(reply) || append_reply_is_elsewhere(reply))) {
        log_warn("append-look answer=%s", log_quote(reply_complaint(reply)).text);
        append_look_wait(l);
        return false;
    }
    return reply_type(reply) != REPLY_LOST;
}

static void
append_look_on_highest(void *arg, const struct reply *reply)
{
    struct append_look *l = arg;
    int64_t highest = 0;

    if (append_look_is_answer(l, reply)) {
        if (reply_type(reply) == REPLY_TEXT) {
            highest = cmd_appended_seq(l->env->config, l->producer, reply_text(reply));
        }
        l->handlers->on_highest(l->arg, highest);
    }
}

static void
append_look_on_refusals(void *arg, const struct reply *reply)
{
    struct append_look *l = arg;
    struct append_reply r;
    int64_t seq;

    if (!append_look_is_answer(l, reply)) {
        return;
    }
    for (size_t i = 0; i < reply_count(reply); i++) {
        if (append_reply_read_note(&r, &seq, reply_text(reply_at(reply, i)))) {
            l->handlers->on_refused(l->arg, seq, &r.outcome);
        }
    }
    cmd_appended(&l->argv, l->env->config, l->group, l->producer);
    append_look_send(l, append_look_on_highest);
}

/* First for the refusals: they count as stored. */
static void
append_look_ask(void *arg)
{
    struct append_look *l = arg;

    append_look_stop(l);
    cmd_refused(&l->argv, l->env->config, l->group, l->producer, (int64_t)l->most);
    append_look_send(l, append_look_on_refusals);
}

void
append_look_begin(struct append_look *l, struct node *node, struct str group, struct str producer,
                  size_t most)
{
    l->node = node;
    l->group = group;
    l->producer = producer;
    l->most = most;
    append_look_ask(l);
}

void
append_look_stop(struct append_look *l)
{
    l->waits = false;
    loop_timer_stop(l->ask_again);
}

bool
append_look_waits(const struct append_look *l)
{
    return l != NULL && l->waits;
}

bool
append_look_is_under_way(const struct append_look *l)
{
    return l->is_under_way;
}

struct append_look *
append_look_create(const struct env *env, const struct append_look_handlers *handlers, void *arg)
{
    struct append_look *l = mem_zalloc(sizeof(*l));

    l->env = env;
    l->handlers = handlers;
    l->arg = arg;
    l->ask_again = loop_timer_create(env->loop, append_look_ask, l);
    argv_init(&l->argv);
    return l;
}

void
append_look_destroy(struct append_look *l)
{
    if (l != NULL) {
        loop_timer_destroy(l->ask_again);
        argv_fini(&l->argv);
        free(l);
    }
}
