/* store.c - sends commands to Redis: what a failure means, and where to send again. */
#include "fcgi-api/store/store.h"

#include <stdlib.h>

#include "fcgi-api/store/node.h"
#include "fcgi-api/store/nodes.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"

enum {
    HOPS_MAX = 5,     /* of one command, from node to node */
    TRYAGAIN_MS = 25, /* until a command whose keys are on the move is sent again */
    ASIDE_MS = 500    /* that a request waits for a node of which it needs nothing */
};

struct store {
    const struct config *config;
    struct node one;     /* without a cluster: the only Redis */
    struct nodes *nodes; /* of a cluster; NULL: there is none */
    struct place asked;  /* of a cluster: the node that a command was sent to last */
    struct reply *reply; /* the last one */
};

struct store *
store_create(const struct config *config)
{
    struct store *s = mem_zalloc(sizeof(*s));

    s->config = config;
    node_init(&s->one, config, NULL);
    if (config_is_cluster(&config->redis)) {
        s->nodes = nodes_create(config);
    }
    return s;
}

void
store_destroy(struct store *s)
{
    if (s != NULL) {
        nodes_destroy(s->nodes);
        node_fini(&s->one);
        reply_free(s->reply);
        free(s);
    }
}

/* What a reply means; takes it if it is a result. */
static enum store_result
store_judge(struct store *s, struct node *n, const struct node_how *how)
{
    struct wire *w = &n->wire;

    if (reply_type(w->reply) == REPLY_ERROR) {
        node_log_refusal(n);
        if (reply_is_error(w->reply, "READONLY")) { /* the master is another one: look it up */
            wire_close(w);
        }
        if (how->clean != NULL) {
            return STORE_OK; /* nobody may watch, and all may have changed */
        }
        return reply_is_passing(w->reply) ? STORE_UNREACHABLE : STORE_FAULT;
    }
    reply_free(s->reply);
    s->reply = w->reply;
    w->reply = NULL;
    return STORE_OK;
}

/* ---- one Redis ---- */

static enum store_result
store_send_to_one(struct store *s, struct argv *argv, const struct node_how *how,
                  int64_t deadline_ms)
{
    s->one.wire.deadline_ms = deadline_ms;
    return node_ask(&s->one, argv, how) ? store_judge(s, &s->one, how) : STORE_UNREACHABLE;
}

/* ---- a cluster ---- */

/* A command on its way. */
struct hop {
    struct place place;
    int count;
    bool again; /* it is to be sent there */
};

/* Takes the reply of the node. If another one is to be asked, or this one again: h->again, and the
 * command was not carried out. */
static enum store_result
store_follow(struct store *s, struct node *n, const struct argv *argv, struct node_how *how,
             struct hop *h)
{
    struct redirection r = redirection_read(
        reply_type(n->wire.reply) == REPLY_ERROR ? reply_text(n->wire.reply) : str_make(NULL, 0),
        &n->wire.place);

    how->is_asking = r.kind == REDIRECTION_ASK;
    h->again = h->count++ < HOPS_MAX && !wire_is_late(&n->wire);
    switch (r.kind) {
    case REDIRECTION_MOVED:
        nodes_move(s->nodes, &r);
        h->place = r.place;
        break;
    case REDIRECTION_ASK:
        h->place = r.place;
        break;
    case REDIRECTION_TRYAGAIN:
        wire_pause(&n->wire, TRYAGAIN_MS);
        h->again = !wire_is_late(&n->wire);
        h->count = 0;
        nodes_find(s->nodes, argv->slot, &h->place);
        break;
    case REDIRECTION_DOWN:
        nodes_want_map(s->nodes);
        h->again = false;
        break;
    case REDIRECTION_NONE:
    case REDIRECTION__MAX:
        h->again = false;
        return store_judge(s, n, how);
    }
    if (!h->again) {
        node_log_refusal(n);
    }
    return STORE_UNREACHABLE;
}

static enum store_result
store_send_to_slot(struct store *s, struct argv *argv, struct node_how *how, int64_t deadline_ms)
{
    enum store_result result = STORE_UNREACHABLE;
    struct hop h = {.again = true};

    nodes_begin(s->nodes, deadline_ms);
    nodes_find(s->nodes, argv->slot, &h.place);
    while (h.again) {
        struct node *n = nodes_at(s->nodes, &h.place);

        s->asked = h.place;
        n->wire.deadline_ms = deadline_ms;
        if (node_ask(n, argv, how)) {
            result = store_follow(s, n, argv, how, &h);
            continue;
        }
        how->is_asking = false;
        h.again = h.count++ < HOPS_MAX && (how->may_repeat || !n->may_have_run) &&
                  !wire_is_late(&n->wire) &&
                  nodes_elsewhere(s->nodes, argv->slot, &h.place, deadline_ms);
    }
    return result;
}

/* ---- commands ---- */

static enum store_result
store_send(struct store *s, struct argv *argv, enum store_repeat repeat, bool *clean,
           int64_t deadline_ms)
{
    struct node_how how = {.may_repeat = repeat == STORE_REPEAT, .clean = clean};

    return s->nodes != NULL ? store_send_to_slot(s, argv, &how, deadline_ms)
                            : store_send_to_one(s, argv, &how, deadline_ms);
}

static bool
store_is_refused(const struct reply *reply, enum argv_when when)
{
    return cmd_is_refused(reply) || (when == ARGV_BEFORE_WAIT && reply_int(reply) > 0);
}

/* Is the step to come behind the command, which has this reply? */
static bool
store_is_due(enum argv_when when, const struct reply *reply)
{
    return when == ARGV_AFTER_ANY || (when == ARGV_AFTER_CHANGE && cmd_has_changed(reply)) ||
           (when == ARGV_AFTER_0 && reply_type(reply) == REPLY_INT && reply_int(reply) == 0);
}

/* A part of the time until then: for what the request can do without. */
static int64_t
store_aside_ms(int64_t deadline_ms)
{
    int64_t now_ms = clock_ms(), most = (deadline_ms - now_ms) / 2;

    return now_ms + (most < ASIDE_MS ? most : ASIDE_MS);
}

/* Sends the steps before the command. *refused: one of them has: s->reply. */
static enum store_result
store_send_before(struct store *s, struct argv *argv, int64_t deadline_ms, bool *refused)
{
    enum store_result result = STORE_OK;

    *refused = false;
    for (size_t i = 0; i < argv->step_count && result == STORE_OK && !*refused; i++) {
        if (argv_is_before(argv->when[i])) {
            bool is_needed = argv->when[i] != ARGV_BEFORE_IF_UP;

            result = store_send(s, argv->steps[i], STORE_REPEAT, NULL,
                                is_needed ? deadline_ms : store_aside_ms(deadline_ms));
            *refused = result == STORE_OK && store_is_refused(s->reply, argv->when[i]);
            result = is_needed ? result : STORE_OK;
        }
    }
    return result;
}

/* The node has told why, if that is new: node.c. */
static void
store_log_lost(const struct store *s, const struct argv *step)
{
    char node[PLACE_TEXT_SIZE];

    place_print(&s->asked, node);
    log_error("redis-lost step=%s key=%s node=%s what=%s", log_quote(cmd_name(step)).text,
              log_quote(cmd_first_key(step)).text, node,
              log_quote(argv_word(step, step->count - 1)).text);
}

/* Sends the steps behind the command. If one fails, what the command did is done all the same. */
static void
store_send_after(struct store *s, struct argv *argv)
{
    struct reply *reply = s->reply;

    if (cmd_is_refused(reply)) {
        return;
    }
    s->reply = NULL;
    for (size_t i = 0; i < argv->step_count; i++) {
        struct argv *step = argv->steps[i];

        if (store_is_due(argv->when[i], reply) &&
            store_send(s, step, STORE_ONCE, NULL, clock_ms() + s->config->redis.timeout_ms) !=
                STORE_OK) {
            store_log_lost(s, step);
        }
    }
    reply_free(s->reply);
    s->reply = reply;
}

enum store_result
store_ask(struct store *s, struct argv *argv, enum store_repeat repeat, const struct reply **reply)
{
    int64_t deadline_ms = clock_ms() + s->config->redis.timeout_ms;
    bool refused;
    enum store_result result = store_send_before(s, argv, deadline_ms, &refused);

    if (result == STORE_OK && !refused) {
        result = store_send(s, argv, repeat, NULL, deadline_ms);
    }
    if (result == STORE_OK) {
        if (!refused && argv->step_count > 0) {
            store_send_after(s, argv);
        }
        *reply = s->reply;
    }
    return result;
}

bool
store_place(struct store *s, int slot, struct place *place)
{
    if (s->nodes != NULL) {
        nodes_find(s->nodes, slot, place);
    }
    return s->nodes != NULL;
}

enum store_result
store_watch(struct store *s, struct argv *watch, bool *changed)
{
    bool clean = false;
    int64_t deadline_ms = clock_ms() + s->config->redis.timeout_ms;
    enum store_result result =
        store_send(s, watch, STORE_REPEAT, &clean,
                   s->nodes != NULL ? store_aside_ms(deadline_ms) : deadline_ms);

    *changed = !clean;
    return result;
}
