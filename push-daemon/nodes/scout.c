/* scout.c - keeps the map of a cluster fresh. */
#include "push-daemon/nodes/scout.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/cluster/topology.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/core/env.h"
#include "push-daemon/nodes/node.h"
#include "push-daemon/redis/conn.h"

enum {
    ROUND_MS = 5000, /* in which each node is asked once */
    EVERY_MAX_MS = 1000,
    EVERY_MIN_MS = 250,
    HURRY_MS = 100,   /* at least so long between two questions */
    SILENCE_MS = 2000 /* after which those of redis.cluster are asked */
};

/* A question that a node has not answered. */
struct question {
    struct question *prev, *next;
    struct scout *scout;
    struct place place;
};

/* One of redis.cluster, while the scout needs it. */
struct seed {
    struct scout *scout;
    struct place place;
    struct conn *conn;
};

struct scout {
    const struct env *env;
    struct topology *map;
    struct scout_hooks hooks;
    struct loop_timer *timer;
    int64_t asked_ms; /* when a question was sent last */
    int64_t heard_ms; /* when it began, or an answer came last */
    bool hurried;
    bool has_complained; /* of an answer that is none, since the last good one */
    size_t turn;         /* of the nodes: the next one to be asked */
    struct question *questions;
    struct seed *seeds; /* NULL: they are not needed */
    bool node_answered; /* since they were called */
    size_t seed_count;
    struct argv argv;
};

/* ---- answers ---- */

/* That node is no node of a cluster, or is in trouble. If it is asked in vain again and again, that
 * is no news. */
static void
scout_complain(struct scout *s, const struct place *from, const struct reply *reply)
{
    char node[PLACE_TEXT_SIZE];

    if (!s->has_complained && reply_type(reply) != REPLY_LOST) {
        s->has_complained = true;
        place_print(from, node);
        log_warn("cluster-map node=%s reason=\"no answer to CLUSTER NODES\" answer=%s", node,
                 log_quote(reply_complaint(reply)).text);
    }
}

static void
scout_take(struct scout *s, const struct place *from, const struct reply *reply)
{
    enum topology_news news = TOPOLOGY_NONSENSE;

    if (reply_type(reply) == REPLY_TEXT) {
        news = topology_take(s->map, reply_text(reply), from, loop_now_ms(s->env->loop));
    }
    if (news == TOPOLOGY_NONSENSE) {
        scout_complain(s, from, reply);
    } else {
        s->has_complained = false;
        s->heard_ms = loop_now_ms(s->env->loop);
        s->hooks.on_map(s->hooks.ctx, news == TOPOLOGY_CHANGED);
    }
}

static void
scout_on_node_answer(void *arg, const struct reply *reply)
{
    struct question *q = arg;
    struct scout *s = q->scout;
    struct place place = q->place;

    DL_DELETE(s->questions, q);
    free(q);
    s->node_answered = s->node_answered || reply_type(reply) == REPLY_TEXT;
    scout_take(s, &place, reply);
}

static void
scout_on_seed_answer(void *arg, const struct reply *reply)
{
    struct seed *seed = arg;

    scout_take(seed->scout, &seed->place, reply);
}

/* ---- the nodes of redis.cluster ---- */

static void
scout_ask_seed(void *ctx)
{
    struct seed *seed = ctx;
    struct scout *s = seed->scout;

    if (conn_is_up(seed->conn) && conn_in_flight(seed->conn) == 0) {
        cmd_nodes(&s->argv);
        conn_send(seed->conn, &s->argv, scout_on_seed_answer, seed);
    }
}

static void
scout_on_seed_down(void *ctx)
{
    (void)ctx; /* the connection comes back by itself */
}

static void
scout_on_seed_moved(void *ctx, const struct redis_addr *addr)
{
    (void)ctx; /* it is where the settings say */
    (void)addr;
}

static void
scout_call_seeds(struct scout *s)
{
    static const struct conn_events events = {scout_ask_seed, scout_on_seed_down,
                                              scout_on_seed_moved, NULL, NULL};
    const char *words = s->env->config->redis.cluster;
    struct target target;
    struct place place;

    s->node_answered = false;
    while (place_at(words, s->seed_count, &place)) {
        s->seed_count++;
    }
    s->seeds = mem_zalloc(s->seed_count * sizeof(*s->seeds));
    for (size_t i = 0; i < s->seed_count; i++) {
        struct seed *seed = &s->seeds[i];

        seed->scout = s;
        (void)place_at(words, i, &seed->place);
        target = target_of("scout", TARGET_ANY, &seed->place);
        seed->conn = conn_create(s->env->loop, s->env->config, &target, &events, seed);
        conn_start(seed->conn);
    }
}

static void
scout_dismiss_seeds(struct scout *s)
{
    for (size_t i = 0; i < s->seed_count; i++) {
        conn_destroy(s->seeds[i].conn);
    }
    free(s->seeds);
    s->seeds = NULL;
    s->seed_count = 0;
}

/* ---- asking ---- */

static bool
scout_ask_node(struct scout *s, struct node *node)
{
    struct question *q = mem_zalloc(sizeof(*q));

    q->scout = s;
    q->place = *node_place(node);
    cmd_nodes(&s->argv);
    if (!node_send(node, &s->argv, scout_on_node_answer, q)) {
        free(q);
        return false;
    }
    DL_APPEND(s->questions, q);
    return true;
}

static void
scout_ask_next_node(struct scout *s)
{
    size_t count = s->hooks.count(s->hooks.ctx);

    for (size_t i = 0; i < count; i++) {
        if (scout_ask_node(s, s->hooks.at(s->hooks.ctx, s->turn++ % count))) {
            return;
        }
    }
}

static int64_t
scout_every_ms(const struct scout *s)
{
    size_t count = s->hooks.count(s->hooks.ctx);
    int64_t every = count > 0 ? ROUND_MS / (int64_t)count : EVERY_MIN_MS;

    return every > EVERY_MAX_MS ? EVERY_MAX_MS : every < EVERY_MIN_MS ? EVERY_MIN_MS : every;
}

static void
scout_on_timer(void *arg)
{
    struct scout *s = arg;
    int64_t now = loop_now_ms(s->env->loop);

    scout_ask_next_node(s);
    s->hurried = false;
    s->asked_ms = now;
    if (s->seeds != NULL && s->node_answered) {
        scout_dismiss_seeds(s);
    } else if (s->seeds == NULL && now - s->heard_ms >= SILENCE_MS) {
        log_warn("cluster-map reason=\"no node has told it, asking those of redis.cluster\"");
        scout_call_seeds(s);
    }
    for (size_t i = 0; i < s->seed_count; i++) {
        scout_ask_seed(&s->seeds[i]);
    }
    loop_timer_start(s->timer, scout_every_ms(s), 0);
}

void
scout_hurry(struct scout *s)
{
    int64_t since = loop_now_ms(s->env->loop) - s->asked_ms;

    if (!s->hurried) {
        s->hurried = true;
        loop_timer_start(s->timer, since < HURRY_MS ? HURRY_MS - since : 0, 0);
    }
}

int64_t
scout_heard_ms(const struct scout *s)
{
    return s->heard_ms;
}

/* ---- life ---- */

void
scout_start(struct scout *s)
{
    s->heard_ms = loop_now_ms(s->env->loop);
    scout_call_seeds(s);
    loop_timer_start(s->timer, EVERY_MIN_MS, 0);
}

void
scout_flush(struct scout *s)
{
    for (size_t i = 0; i < s->seed_count; i++) {
        conn_flush(s->seeds[i].conn);
    }
}

struct scout *
scout_create(const struct env *env, struct topology *map, const struct scout_hooks *hooks)
{
    struct scout *s = mem_zalloc(sizeof(*s));

    s->env = env;
    s->map = map;
    s->hooks = *hooks;
    s->timer = loop_timer_create(env->loop, scout_on_timer, s);
    argv_init(&s->argv);
    return s;
}

void
scout_destroy(struct scout *s)
{
    struct question *q, *next;

    if (s == NULL) {
        return;
    }
    scout_dismiss_seeds(s);
    DL_FOREACH_SAFE (s->questions, q, next) {
        free(q);
    }
    loop_timer_destroy(s->timer);
    argv_fini(&s->argv);
    free(s);
}
