/* a_redis.h - a Redis with one list, and the two connections to it, on which nothing arrives by
 * itself.
 *
 *     room/  --SUBSCRIBE-->  redis_subscribe()      --ack, messages, marks-->  redis_deliver()
 *            --snapshot-->   redis_run()            --answers-->               redis_answer()
 *
 * It may be a node of a cluster, and the group's slot move to a second node and back:
 * redis_open_slot() and what follows it. Then redis_learn() is what the daemon's map knows of it.
 *
 * Include it: the real nodes/node and nodes/nodes are left out. */
#ifndef TESTS_UNIT_PUSHD_ROOM_A_REDIS_H
#define TESTS_UNIT_PUSHD_ROOM_A_REDIS_H

#include <stdlib.h>

#include "push-daemon/hub/hub.h"
#include "push-daemon/nodes/node.h"
#include "push-daemon/nodes/nodes.h"
#include "push-daemon/room/marks.h"
#include "tests/unit/push-daemon/replies.h"
#include "tests/unit/unit.h"

enum {
    REDIS_QUEUE = 2048
};

/* On its way to the daemon, by the subscription. */
struct redis_event {
    enum {
        EVENT_MESSAGE,
        EVENT_MARK,
        EVENT_SUBSCRIBED,
        EVENT_LOST /* the node has the group's slot no more */
    } kind;
    int64_t mark;
    char *text;
};

/* At one node. A pointer to it is the daemon's to that node. */
struct subscriber {
    int number;     /* of the node: 0; the second one is 1 */
    bool wanted;    /* the group is added */
    char asked[64]; /* what is on its way to Redis: S for SUBSCRIBE, U for UNSUBSCRIBE */
    int due;        /* acknowledgements of SUBSCRIBEs that have not arrived */
    bool is_active; /* Redis has carried SUBSCRIBE out */
    int adds, removes;
    struct redis_event queue[REDIS_QUEUE];
    size_t head, tail;
};

/* A snapshot that was asked for. */
struct redis_request {
    reply_fn *fn;
    void *arg;
    int64_t window;
    int64_t mark; /* 0: it has none */
    int node;     /* where; -1: wherever the list is */
    char *answer; /* NULL: not carried out yet */
};

struct requests {
    bool down;
    struct redis_request queue[REDIS_QUEUE];
    size_t head, run, tail; /* of those before `run` the answers are on their way */
};

struct redis {
    struct subscriber subscriber, second;
    bool is_open;       /* the slot is on the move */
    int owner, keys_at; /* the node that has the slot, the one that has the list */
    bool known_open;    /* as the daemon's map has it */
    int known_owner;
    struct requests commands;
    char **list;
    size_t count, capacity;
    bool wrong_type; /* the key holds no list */
    bool elsewhere;  /* no node has the group */
};

/* ---- nodes/nodes.h, nodes/node.h ---- */

static inline struct node *
redis_node(struct redis *r)
{
    return (struct node *)r;
}

static inline struct nodes *
redis_nodes(struct redis *r)
{
    return (struct nodes *)r;
}

static inline struct subscriber *
redis_at(struct redis *r, int node)
{
    return node == 0 ? &r->subscriber : &r->second;
}

static inline struct redis *
redis_of(struct subscriber *s)
{
    char *at = (char *)s - (s->number == 0 ? 0 : offsetof(struct redis, second));

    return (struct redis *)at;
}

struct node *
nodes_of(const struct nodes *set, struct str group)
{
    struct redis *r = (struct redis *)(uintptr_t)set;

    (void)group;
    return r->elsewhere ? NULL : (struct node *)redis_at(r, r->known_owner);
}

bool
nodes_is_open(const struct nodes *set, struct str group)
{
    (void)group;
    return ((const struct redis *)set)->known_open;
}

static inline void
subscriber_ask(struct subscriber *s, const char *verb)
{
    assert_in_range(strlen(s->asked), 0, sizeof(s->asked) - 2);
    strcat(s->asked, verb);
    s->due += *verb == 'S';
}

void
node_subscribe(struct node *n, struct str group)
{
    struct subscriber *s = (struct subscriber *)n;

    (void)group;
    s->wanted = true;
    s->adds++;
    subscriber_ask(s, "S");
}

/* What is on its way still comes. */
void
node_unsubscribe(struct node *n, struct str group)
{
    struct subscriber *s = (struct subscriber *)n;

    (void)group;
    s->wanted = false;
    s->removes++;
    subscriber_ask(s, "U");
}

static inline int64_t
word_number(const struct argv *argv, size_t i)
{
    struct str word = argv_word(argv, i);
    char text[24] = "";

    assert_in_range(word.len, 1, sizeof(text) - 1);
    memcpy(text, word.p, word.len);
    return atoll(text);
}

static inline bool
redis_take(struct redis *r, int node, const struct argv *argv, reply_fn *fn, void *arg)
{
    struct requests *c = &r->commands;

    if (c->down) {
        return false;
    }
    assert_in_range(c->tail, 0, REDIS_QUEUE - 1);
    c->queue[c->tail++] = (struct redis_request){
        .fn = fn,
        .arg = arg,
        .window = word_number(argv, 4), /* as snapshot.lua says */
        .mark = argv_word(argv, 6).len > 0 ? word_number(argv, 6) : 0,
        .node = node,
    };
    assert_int_equal(node < 0, c->queue[c->tail - 1].mark == 0);
    return true;
}

bool
node_send_script(struct node *n, const struct argv *argv, reply_fn *fn, void *arg)
{
    struct subscriber *s = (struct subscriber *)n;

    return redis_take(redis_of(s), s->number, argv, fn, arg);
}

bool
nodes_send_script(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg)
{
    return node_send_script((struct node *)set, argv, fn, arg);
}

bool
nodes_try_script(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg)
{
    return redis_take((struct redis *)set, -1, argv, fn, arg);
}

/* ---- what Redis does ---- */

static inline void
redis_queue(struct subscriber *s, struct redis_event event)
{
    assert_in_range(s->tail, 0, REDIS_QUEUE - 1);
    s->queue[s->tail++] = event;
}

static inline void
redis_push(struct redis *r, const char *text)
{
    if (r->count == r->capacity) {
        r->capacity = r->capacity > 0 ? 2 * r->capacity : 16;
        r->list = realloc(r->list, r->capacity * sizeof(*r->list));
        assert_non_null(r->list);
    }
    r->list[r->count++] = strdup(text);
}

/* It is published at one node. */
static inline void
redis_publish_at(struct redis *r, int node, const char *text)
{
    struct subscriber *s = redis_at(r, node);

    if (s->is_active) {
        redis_queue(s, (struct redis_event){.kind = EVENT_MESSAGE, .text = strdup(text)});
    }
}

/* By a script: where the list is. */
static inline void
redis_publish(struct redis *r, const char *text)
{
    redis_publish_at(r, r->keys_at, text);
}

/* Takes the oldest entries off the list. */
static inline void
redis_trim(struct redis *r, size_t entries)
{
    for (size_t i = 0; i < entries; i++) {
        free(r->list[i]);
    }
    r->count -= entries;
    if (entries > 0) {
        memmove(r->list, r->list + entries, r->count * sizeof(*r->list));
    }
}

static inline bool
redis_can_subscribe_at(const struct subscriber *s)
{
    return s->asked[0] != '\0';
}

static inline bool
redis_can_subscribe(const struct redis *r)
{
    return redis_can_subscribe_at(&r->subscriber);
}

/* Carries out the next SUBSCRIBE or UNSUBSCRIBE. Who is not the owner refuses the former. */
static inline void
redis_subscribe_at(struct subscriber *s)
{
    bool subscribes = s->asked[0] == 'S', is_owner = redis_of(s)->owner == s->number;

    memmove(s->asked, s->asked + 1, strlen(s->asked));
    s->is_active = subscribes && is_owner;
    if (s->is_active) {
        redis_queue(s, (struct redis_event){.kind = EVENT_SUBSCRIBED});
    } else if (subscribes) {
        s->due--;
        redis_queue(s, (struct redis_event){.kind = EVENT_LOST});
    }
}

static inline void
redis_subscribe(struct redis *r)
{
    redis_subscribe_at(&r->subscriber);
}

static inline bool
redis_can_run(const struct redis *r)
{
    return r->commands.run < r->commands.tail;
}

/* Carries out the next snapshot: publishes its mark, and sends the answer on its way. The
 * channel of marks is subscribed to before any group. False: the answer is an error. */
static inline bool
redis_run(struct redis *r)
{
    struct redis_request *q = &r->commands.queue[r->commands.run++];
    size_t most = q->window < (int64_t)r->count ? (size_t)q->window : r->count;
    struct text wire;

    text_init(&wire);
    if (r->wrong_type) {
        text_add_str(&wire, "-WRONGTYPE Operation against a key\r\n");
        q->answer = wire.bytes;
        return false;
    }
    if (q->node >= 0 && (q->node != r->owner || r->owner != r->keys_at)) {
        text_add_str(&wire,
                     q->node != r->owner ? "-MOVED 1 10.0.0.1:1\r\n" : "-ASK 1 10.0.0.1:1\r\n");
        q->answer = wire.bytes;
        return false;
    }
    text_add_str(&wire, "*2\r\n:");
    text_add_int(&wire, (int64_t)r->count);
    text_add_str(&wire, "\r\n*");
    text_add_int(&wire, (int64_t)most);
    text_add_str(&wire, "\r\n");
    for (size_t i = r->count - most; i < r->count; i++) {
        text_add_str(&wire, "$");
        text_add_int(&wire, (int64_t)strlen(r->list[i]));
        text_add_str(&wire, "\r\n");
        text_add_str(&wire, r->list[i]);
        text_add_str(&wire, "\r\n");
    }
    q->answer = wire.bytes;
    if (q->mark != 0) {
        redis_queue(redis_at(r, q->node),
                    (struct redis_event){.kind = EVENT_MARK, .mark = q->mark});
    }
    return true;
}

/* ---- the slot moves ---- */

static inline void
redis_open_slot(struct redis *r)
{
    r->is_open = true;
}

static inline void
redis_move_keys(struct redis *r)
{
    r->keys_at = 1 - r->owner;
}

/* The one that has the list gets the slot. Subscribers of the other one are told. */
static inline void
redis_close_slot(struct redis *r)
{
    struct subscriber *before = redis_at(r, r->owner);

    r->is_open = false;
    if (r->owner != r->keys_at && before->is_active) {
        before->is_active = false;
        redis_queue(before, (struct redis_event){.kind = EVENT_LOST});
    }
    r->owner = r->keys_at;
}

/* The daemon's map has it. */
static inline void
redis_learn(struct redis *r, struct hub *hub)
{
    r->known_open = r->is_open;
    r->known_owner = r->owner;
    hub_on_map(hub);
}

/* ---- what arrives ---- */

static inline bool
redis_can_deliver_from(const struct subscriber *s)
{
    return s->head < s->tail;
}

static inline bool
redis_can_deliver(const struct redis *r)
{
    return redis_can_deliver_from(&r->subscriber);
}

/* The next thing arrives by the subscription. */
static inline void
redis_deliver_from(struct subscriber *s, struct hub *hub, struct str group)
{
    struct redis_event *e = &s->queue[s->head++];
    struct node *node = (struct node *)s;

    if (e->kind == EVENT_MESSAGE) {
        hub_on_message(hub, node, group, str_of(e->text));
    } else if (e->kind == EVENT_MARK) {
        hub_on_mark(hub, node, e->mark);
    } else if (e->kind == EVENT_LOST && s->wanted && s->due == 0) {
        s->wanted = false;
        hub_on_lost(hub, node, group);
    } else if (e->kind == EVENT_SUBSCRIBED && --s->due == 0 && s->wanted) {
        hub_on_subscribed(hub, node, group);
    }
    free(e->text);
    if (s->head == s->tail) {
        s->head = s->tail = 0;
    }
}

static inline void
redis_deliver(struct redis *r, struct hub *hub, struct str group)
{
    redis_deliver_from(&r->subscriber, hub, group);
}

static inline bool
redis_can_answer(const struct redis *r)
{
    return r->commands.head < r->commands.run;
}

static inline void
redis_answer_with(struct redis *r, const char *wire)
{
    struct redis_request q = r->commands.queue[r->commands.head++];

    if (r->commands.head == r->commands.tail) {
        r->commands.head = r->commands.run = r->commands.tail = 0;
    }
    reply_give(q.fn, q.arg, wire);
    free(q.answer);
}

/* The next answer arrives. */
static inline void
redis_answer(struct redis *r)
{
    redis_answer_with(r, r->commands.queue[r->commands.head].answer);
}

/* The command connection breaks: all answers are lost, and what was not carried out never is. */
static inline void
redis_lose_commands(struct redis *r)
{
    bool was_down = r->commands.down;

    r->commands.down = true;
    while (r->commands.head < r->commands.tail) {
        redis_answer_with(r, NULL);
    }
    r->commands.down = was_down;
}

/* The subscription breaks, and what was on its way with it; then it is there again, and asks
 * anew. */
static inline void
redis_lose_subscription_at(struct subscriber *s)
{
    while (s->head < s->tail) {
        free(s->queue[s->head++].text);
    }
    s->head = s->tail = 0;
    s->asked[0] = '\0';
    s->due = 0;
    s->is_active = false;
    if (s->wanted) {
        subscriber_ask(s, "S");
    }
}

static inline void
redis_lose_subscription(struct redis *r)
{
    redis_lose_subscription_at(&r->subscriber);
}

/* All zero again. */
static inline void
redis_close(struct redis *r)
{
    redis_trim(r, r->count);
    free(r->list);
    r->list = NULL;
    r->capacity = 0;
    for (size_t i = r->commands.head; i < r->commands.tail; i++) {
        free(r->commands.queue[i].answer);
    }
    r->commands.head = r->commands.run = r->commands.tail = 0;
    for (int i = 0; i < 2; i++) {
        struct subscriber *s = redis_at(r, i);

        s->number = i;
        s->wanted = false;
        redis_lose_subscription_at(s);
        s->adds = s->removes = 0;
    }
    r->commands.down = r->wrong_type = r->elsewhere = r->is_open = r->known_open = false;
    r->owner = r->keys_at = r->known_owner = 0;
}

#endif
