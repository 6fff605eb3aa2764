/* a_cluster.h - the nodes of a cluster, made up: three of them, two of which have slots. */
#ifndef TESTS_UNIT_PUSHD_NODES_A_CLUSTER_H
#define TESTS_UNIT_PUSHD_NODES_A_CLUSTER_H

#include "lib/clock.h"
#include "lib/cluster/redirection.h"
#include "lib/cluster/slot.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/nodes/cluster.h"
#include "push-daemon/nodes/nodes.h"
#include "tests/unit/capture.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"
#include "tests/unit/push-daemon/nodes/a_node.h"
#include "tests/unit/push-daemon/redis/fake_conn.h"

#define ID(digit) digit "000000000000000000000000000000000000000"

/* What the node at port 1 or 2 says of itself, and of the other one. Slots up to 8191 are of 1. */
#define OF_1                                                                                       \
    ID("1")                                                                                        \
    " 10.0.0.1:1@11 myself,master - 0 0 1 connected 0-8191\n" ID(                                  \
        "2") " 10.0.0.1:2@12 master - 0 0 2 connected 8192-16383\n"
#define OF_2                                                                                       \
    ID("1")                                                                                        \
    " 10.0.0.1:1@11 master - 0 0 1 connected 0-8191\n" ID(                                         \
        "2") " 10.0.0.1:2@12 myself,master - 0 0 2 connected 8192-16383\n"
/* The node at port 3 has taken the slots of 2 over. */
#define OF_3                                                                                       \
    ID("1")                                                                                        \
    " 10.0.0.1:1@11 master - 0 0 1 connected 0-8191\n" ID(                                         \
        "2") " 10.0.0.1:2@12 master,fail - 0 0 2 connected\n" ID("3") " 10.0.0.1:3@13 "            \
                                                                      "myself,master - 0 0 3 "     \
                                                                      "connected 8192-16383\n"

static struct config config;
static struct metrics metrics;
static struct redis_clock redis_clock;
static struct env env = {.config = &config, .metrics = &metrics, .redis_clock = &redis_clock};
static struct nodes *set;
static char told[256]; /* replies to commands, with a blank behind each */

static inline void
on_map(struct hub *hub)
{
    (void)hub;
    strcat(happened, "map ");
}

static inline void
settle(struct appender *a)
{
    (void)a;
    strcat(happened, "settle ");
}

static inline void
on_gone(struct hub *hub, struct node *node)
{
    (void)hub;
    note(node, "gone");
}

static inline void
retry(struct hub *hub)
{
    (void)hub;
    strcat(happened, "retry ");
}

static inline int
set_up(void **state)
{
    const struct node_events events = {
        .settle = settle, .on_map = on_map, .on_gone = on_gone, .retry = retry};

    (void)state;
    a_nodes_forget();
    fake_conn_forget();
    told[0] = '\0';
    metrics = (struct metrics){0};
    a_config_make(&config);
    a_config_set(&config, "redis.cluster", "10.0.0.9:9");
    env.loop = loop_create();
    set = nodes_create(&env, str_of("daemon"));
    nodes_start(set, &events);
    return 0;
}

static inline int
tear_down(void **state)
{
    (void)state;
    nodes_destroy(set);
    fake_conn_forget();
    loop_destroy(env.loop);
    a_config_free(&config);
    return 0;
}

/* The text as a bulk string, answered to the oldest question for the map. */
static inline void
answer_map(struct node *n, const char *text)
{
    char wire[1024];

    snprintf(wire, sizeof(wire), "$%zu\r\n%s\r\n", strlen(text), text);
    if (n == NULL) {
        fake_conn_answer("CLUSTER NODES", wire);
    } else {
        a_node_answer(n, "CLUSTER NODES", wire);
    }
}

/* The map is known by the node of redis.cluster, and both nodes take commands. */
static inline void
begin(void)
{
    fake_conn_up();
    answer_map(NULL, OF_1);
    a_node(1)->takes = a_node(2)->takes = true;
    happened[0] = '\0';
}

/* Until the scout has asked a node; that one. */
static inline struct node *
asked(void)
{
    for (int i = 0; i < 100; i++) {
        for (size_t k = 0; k < A_NODES_MAX; k++) {
            struct node *n = &a_nodes[k];

            if (n->is_there && n->first < n->count &&
                strcmp(n->sent[n->first].words, "CLUSTER NODES") == 0) {
                return n;
            }
        }
        fake_loop_advance(env.loop, 50);
    }
    fail_msg("nobody is asked");
    return NULL;
}

/* ---- commands ---- */

static inline void
on_reply(void *arg, const struct reply *reply)
{
    struct str text = reply_text(reply);

    assert_ptr_equal(arg, told);
    if (reply_type(reply) == REPLY_LOST) {
        text = str_of("lost");
    }
    snprintf(told + strlen(told), sizeof(told) - strlen(told), "%.*s ", (int)text.len, text.p);
}

/* A command for a key in this slot, or for none. */
static inline bool
send(int slot)
{
    struct argv argv;
    bool sent;

    argv_init(&argv);
    argv_add_str(&argv, "GET");
    argv.slot = slot;
    sent = nodes_send(set, &argv, on_reply, told);
    argv_fini(&argv);
    return sent;
}

#define assert_told(words)                                                                         \
    do {                                                                                           \
        assert_string_equal(told, words);                                                          \
        told[0] = '\0';                                                                            \
    } while (0)

/* As the connection does: the set hears of an error before the sender does. */
static inline void
refuse(struct node *n, const char *error)
{
    char wire[128];
    struct redirection r = redirection_read(str_of(error), &n->place);

    snprintf(wire, sizeof(wire), "-%s\r\n", error);
    n->hooks.on_redirected(n->hooks.ctx, n, &r);
    a_node_answer(n, "GET", wire);
}

#endif
