/* a_redis.h - a Redis with one list, and the two connections to it, on which nothing arrives by
 * itself.
 *
 *     room/  --SUBSCRIBE-->  redis_subscribe()      --ack, messages, marks-->  redis_deliver()
 *            --snapshot-->   redis_run()            --answers-->               redis_answer()
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
        EVENT_SUBSCRIBED
    } kind;
    int64_t mark;
    char *text;
};

struct subscriber {
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
    int64_t mark;
    char *answer; /* NULL: not carried out yet */
};

struct requests {
    bool down;
    struct redis_request queue[REDIS_QUEUE];
    size_t head, run, tail; /* of those before `run` the answers are on their way */
};

struct redis {
    struct subscriber subscriber;
    struct requests commands;
    char **list;
    size_t count, capacity;
    bool wrong_type; /* the key holds no list */
    bool elsewhere;  /* no node has the group */
};

/* ---- nodes/nodes.h, nodes/node.h: this Redis is the only one ---- */

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

struct node *
nodes_of(const struct nodes *set, struct str group)
{
    (void)group;
    return ((const struct redis *)set)->elsewhere ? NULL : (struct node *)(uintptr_t)set;
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
    struct subscriber *s = &((struct redis *)n)->subscriber;

    (void)group;
    s->wanted = true;
    s->adds++;
    subscriber_ask(s, "S");
}

/* What is on its way still comes. */
void
node_unsubscribe(struct node *n, struct str group)
{
    struct subscriber *s = &((struct redis *)n)->subscriber;

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

bool
node_send_script(struct node *n, const struct argv *argv, reply_fn *fn, void *arg)
{
    struct requests *c = &((struct redis *)n)->commands;

    if (c->down) {
        return false;
    }
    assert_in_range(c->tail, 0, REDIS_QUEUE - 1);
    c->queue[c->tail++] = (struct redis_request){
        .fn = fn,
        .arg = arg,
        .window = word_number(argv, 4), /* as snapshot.lua says */
        .mark = word_number(argv, 6),
    };
    return true;
}

bool
nodes_send_script(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg)
{
    return node_send_script((struct node *)set, argv, fn, arg);
}

/* ---- what Redis does ---- */

static inline void
redis_queue(struct redis *r, struct redis_event event)
{
    assert_in_range(r->subscriber.tail, 0, REDIS_QUEUE - 1);
    r->subscriber.queue[r->subscriber.tail++] = event;
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

static inline void
redis_publish(struct redis *r, const char *text)
{
    if (r->subscriber.is_active) {
        redis_queue(r, (struct redis_event){.kind = EVENT_MESSAGE, .text = strdup(text)});
    }
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
redis_can_subscribe(const struct redis *r)
{
    return r->subscriber.asked[0] != '\0';
}

/* Carries out the next SUBSCRIBE or UNSUBSCRIBE. */
static inline void
redis_subscribe(struct redis *r)
{
    struct subscriber *s = &r->subscriber;

    s->is_active = s->asked[0] == 'S';
    memmove(s->asked, s->asked + 1, strlen(s->asked));
    if (s->is_active) {
        redis_queue(r, (struct redis_event){.kind = EVENT_SUBSCRIBED});
    }
}

static inline bool
redis_can_run(const struct redis *r)
{
    return r->commands.run < r->commands.tail;
}

/* Carries out the next snapshot: publishes its mark, and sends the answer on its way. The
 * channel of marks is subscribed to before any group. */
static inline void
redis_run(struct redis *r)
{
    struct redis_request *q = &r->commands.queue[r->commands.run++];
    size_t most = q->window < (int64_t)r->count ? (size_t)q->window : r->count;
    struct text wire;

    text_init(&wire);
    if (r->wrong_type) {
        text_add_str(&wire, "-WRONGTYPE Operation against a key\r\n");
        q->answer = wire.bytes;
        return;
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
    redis_queue(r, (struct redis_event){.kind = EVENT_MARK, .mark = q->mark});
}

/* ---- what arrives ---- */

static inline bool
redis_can_deliver(const struct redis *r)
{
    return r->subscriber.head < r->subscriber.tail;
}

/* The next thing arrives by the subscription. */
static inline void
redis_deliver(struct redis *r, struct hub *hub, struct str group)
{
    struct redis_event *e = &r->subscriber.queue[r->subscriber.head++];

    if (e->kind == EVENT_MESSAGE) {
        hub_on_message(hub, redis_node(r), group, str_of(e->text));
    } else if (e->kind == EVENT_MARK) {
        hub_on_mark(hub, redis_node(r), e->mark);
    } else if (--r->subscriber.due == 0 && r->subscriber.wanted) {
        hub_on_subscribed(hub, redis_node(r), group);
    }
    free(e->text);
    if (r->subscriber.head == r->subscriber.tail) {
        r->subscriber.head = r->subscriber.tail = 0;
    }
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
redis_lose_subscription(struct redis *r)
{
    struct subscriber *s = &r->subscriber;

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
    r->subscriber.wanted = false;
    redis_lose_subscription(r);
    r->subscriber.adds = r->subscriber.removes = 0;
    r->commands.down = r->wrong_type = r->elsewhere = false;
}

#endif
