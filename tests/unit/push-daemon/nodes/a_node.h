/* a_node.h - nodes/node.h without connections: what happens to each node is noted, and the test
 * answers what is sent to it.
 *
 * Include it: the real one is left out. */
#ifndef TESTS_UNIT_PUSHD_NODES_A_NODE_H
#define TESTS_UNIT_PUSHD_NODES_A_NODE_H

#include <stdio.h>
#include <stdlib.h>

#include "lib/cluster/place.h"
#include "push-daemon/nodes/node.h"
#include "tests/unit/push-daemon/replies.h"
#include "tests/unit/unit.h"

enum {
    A_NODES_MAX = 8,
    A_NODE_SENT_MAX = 256
};

struct node {
    bool is_there;
    struct place place; /* port 0: of no cluster */
    struct node_hooks hooks;
    const struct node_events *events;
    bool takes, ready, subscribed, is_new;
    int64_t silence_ms;
    struct {
        char words[64];
        reply_fn *fn;
        void *arg;
    } sent[A_NODE_SENT_MAX];
    size_t count, first; /* of sent; the first one without an answer */
};

static struct node a_nodes[A_NODES_MAX];
static char happened[1024]; /* a word for each thing, with a blank behind it */
static bool no_address;     /* node_create() makes none */

/* Of a node of a cluster its port stands before the word. */
static inline void
note(const struct node *n, const char *what)
{
    size_t have = strlen(happened);
    char port[16] = "";

    if (n->place.port != 0) {
        snprintf(port, sizeof(port), "%d:", n->place.port);
    }
    snprintf(happened + have, sizeof(happened) - have, "%s%s ", port, what);
}

/* Has exactly this happened since the last call? */
static inline void
expect(const char *words)
{
    assert_string_equal(happened, words);
    happened[0] = '\0';
}

static inline struct node *
a_node(int port)
{
    for (size_t i = 0; i < A_NODES_MAX; i++) {
        if (a_nodes[i].is_there && a_nodes[i].place.port == port) {
            return &a_nodes[i];
        }
    }
    fail_msg("there is no node at port %d", port);
    return NULL;
}

static inline size_t
a_node_count(void)
{
    size_t count = 0;

    for (size_t i = 0; i < A_NODES_MAX; i++) {
        count += a_nodes[i].is_there;
    }
    return count;
}

/* The oldest command without an answer was this one; wire NULL: its reply is lost. */
static inline void
a_node_answer(struct node *n, const char *words, const char *wire)
{
    size_t i = n->first++;

    assert_in_range(i, 0, n->count - 1);
    assert_string_equal(n->sent[i].words, words);
    if (n->sent[i].fn != NULL) {
        reply_give(n->sent[i].fn, n->sent[i].arg, wire);
    }
}

static inline void
a_nodes_forget(void)
{
    memset(a_nodes, 0, sizeof(a_nodes));
    happened[0] = '\0';
    no_address = false;
}

/* ---- nodes/node.h ---- */

struct node *
node_create(const struct env *env, struct str daemon_id, const struct place *place,
            const struct node_hooks *hooks)
{
    struct node *n = a_nodes;

    assert_non_null(env);
    assert_true(str_is(daemon_id, "daemon"));
    assert_int_equal(place != NULL, hooks != NULL);
    while (n->is_there) {
        n++;
    }
    assert_in_range(n - a_nodes, 0, A_NODES_MAX - 1);
    *n = (struct node){.is_there = !no_address};
    if (place != NULL) {
        n->place = *place;
        n->hooks = *hooks;
    }
    return no_address ? NULL : n;
}

void
node_destroy(struct node *n)
{
    note(n, "destroy");
    n->is_there = false;
}

void
node_start(struct node *n, const struct node_events *events)
{
    n->events = events;
    note(n, "start");
}

const struct place *
node_place(const struct node *n)
{
    return n->place.port != 0 ? &n->place : NULL;
}

bool
node_takes_commands(const struct node *n)
{
    return n->takes;
}

bool
node_is_new(const struct node *n)
{
    return n->is_new;
}

static inline bool
a_node_take(struct node *n, const struct argv *argv, reply_fn *fn, void *arg)
{
    char *words = n->sent[n->count].words;

    if (!n->takes) {
        return false;
    }
    assert_in_range(n->count, 0, A_NODE_SENT_MAX - 1);
    for (size_t i = 0; i < argv->count; i++) {
        struct str word = argv_word(argv, i);
        size_t have = strlen(words);

        snprintf(words + have, sizeof(n->sent[0].words) - have, "%s%.*s", i > 0 ? " " : "",
                 (int)word.len, word.p);
    }
    n->sent[n->count].fn = fn;
    n->sent[n->count++].arg = arg;
    return true;
}

bool
node_send(struct node *n, const struct argv *argv, reply_fn *fn, void *arg)
{
    return a_node_take(n, argv, fn, arg);
}

bool
node_send_script(struct node *n, const struct argv *argv, reply_fn *fn, void *arg)
{
    note(n, "script");
    return a_node_take(n, argv, fn, arg);
}

void
node_subscribe(struct node *n, struct str group)
{
    assert_int_equal(group.len, 0);
    note(n, "hear-all");
}

void
node_unsubscribe(struct node *n, struct str group)
{
    assert_int_equal(group.len, 0);
    note(n, "leave-all");
}

bool
node_is_subscribed(const struct node *n)
{
    return n->subscribed;
}

int64_t
node_silence_ms(const struct node *n)
{
    return n->silence_ms;
}

bool
node_is_ready(const struct node *n)
{
    return n->ready;
}

bool
node_every_second(struct node *n)
{
    note(n, "second");
    return n->takes;
}

void
node_failover_step(struct node *n)
{
    note(n, "step");
}

void
node_drop(struct node *n, const char *reason)
{
    assert_string_equal(reason, "it has no slots any more");
    note(n, "drop");
    while (n->first < n->count) {
        a_node_answer(n, n->sent[n->first].words, NULL);
    }
}

void
node_flush(struct node *n)
{
    note(n, "flush");
}

#endif
