/* marks.c - scripts under way that read a group, and publish a mark in the same step. */
#include "push-daemon/room/marks.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/mem.h"
#include "lib/redis/resp.h"
#include "push-daemon/nodes/node.h"
#include "push-daemon/nodes/nodes.h"

enum {
    AT_ONCE_MIN = 1,
    AT_ONCE_BEGIN = 8,
    AT_ONCE_MAX = 64,
    SMALL_BYTES = 16384, /* an answer of no more than that cost Redis little */
    LARGE_BYTES = 131072 /* one of more than that took a part of a millisecond, or more */
};

struct marks {
    struct node *node;   /* NULL: without marks */
    struct nodes *nodes; /* without marks: where it is asked */
    struct str daemon_id;
    struct marked *by_mark;    /* those whose mark has not come */
    struct marked *unanswered; /* those at Redis */
    struct marked *waiting;    /* those that are not sent yet, in the order in which they came */
    size_t under_way, at_once; /* those at Redis; how many there may be */
    int64_t last;
};

static void
marks_forget_mark(struct marks *all, struct marked *m)
{
    if (m->mark != 0) {
        HASH_DEL(all->by_mark, m);
        m->mark = 0;
    }
}

/* ---- how many at once ---- */

static void
marks_learn(struct marks *all, const struct reply *reply)
{
    size_t bytes = reply_bytes(reply);

    if (all->under_way == 0 && all->waiting == NULL) {
        all->at_once = AT_ONCE_BEGIN;
    } else if (bytes > LARGE_BYTES) {
        all->at_once = AT_ONCE_MIN;
    } else if (bytes <= SMALL_BYTES && all->at_once < AT_ONCE_MAX) {
        all->at_once++;
    }
}

/* ---- requests ---- */

static void
marks_end(struct marked *m, const struct reply *reply)
{
    m->answered = true;
    if (m->owner != NULL) {
        m->on_answer(m, reply);
    } else {
        m->destroy(m);
    }
}

static void marks_on_answer(void *arg, const struct reply *reply);

static bool
marks_send_script(struct marks *all, const struct argv *command, struct marked *m)
{
    return all->node != NULL ? node_send_script(all->node, command, marks_on_answer, m)
                             : nodes_try_script(all->nodes, command, marks_on_answer, m);
}

static bool
marks_send(struct marks *all, struct marked *m, const struct argv *command)
{
    if (!marks_send_script(all, command, m)) {
        return false;
    }
    DL_APPEND(all->unanswered, m);
    all->under_way++;
    return true;
}

static void
marks_stop_waiting(struct marks *all, struct marked *m)
{
    DL_DELETE(all->waiting, m);
    argv_fini(&m->command);
}

static void
marks_send_waiting(struct marks *all)
{
    while (all->waiting != NULL && all->under_way < all->at_once) {
        struct marked *m = all->waiting;
        struct argv command = m->command;

        DL_DELETE(all->waiting, m);
        argv_init(&m->command);
        if (!marks_send(all, m, &command)) {
            marks_end(m, NULL);
        }
        argv_fini(&command);
    }
}

static void
marks_on_answer(void *arg, const struct reply *reply)
{
    struct marked *m = arg;
    struct marks *all = m->all;

    DL_DELETE(all->unanswered, m);
    all->under_way--;
    marks_learn(all, reply);
    if (all->node == NULL && m->owner != NULL && !m->is_more) {
        m->on_mark(m);
    }
    marks_end(m, reply);
    marks_send_waiting(all);
}

struct str
marks_daemon_id(const struct marks *all)
{
    return all->daemon_id;
}

int64_t
marks_next(const struct marks *all)
{
    return all->node != NULL ? all->last + 1 : 0;
}

static void
marks_wait(struct marks *all, struct marked *m, const struct argv *command)
{
    argv_init(&m->command);
    argv_add_words(&m->command, command, 0);
    DL_APPEND(all->waiting, m);
}

bool
marks_request(struct marks *all, struct marked *m, const struct argv *command)
{
    m->all = all;
    if (all->under_way >= all->at_once) {
        marks_wait(all, m, command);
    } else if (!marks_send(all, m, command)) {
        return false;
    }
    if (all->node != NULL) {
        m->mark = ++all->last;
        HASH_ADD(hh, all->by_mark, mark, sizeof(m->mark), m);
    }
    return true;
}

bool
marks_ask_more(struct marked *m, const struct argv *command)
{
    struct marks *all = m->all;

    if (all->waiting != NULL || all->under_way >= all->at_once) {
        marks_wait(all, m, command);
    } else if (!marks_send(all, m, command)) {
        return false;
    }
    m->is_more = true;
    m->answered = false;
    return true;
}

void
marks_abandon(struct marked *m)
{
    m->owner = NULL;
    marks_forget_mark(m->all, m);
    if (m->command.count > 0) {
        marks_stop_waiting(m->all, m);
        m->destroy(m);
    } else if (m->answered) {
        m->destroy(m);
    }
}

void
marks_on_mark(struct marks *all, int64_t mark)
{
    struct marked *m;

    HASH_FIND(hh, all->by_mark, &mark, sizeof(mark), m);
    if (m != NULL) {
        marks_forget_mark(all, m);
        m->on_mark(m);
    }
}

static struct marks *
marks_make(struct node *node, struct nodes *nodes, struct str daemon_id)
{
    struct marks *all = mem_zalloc(sizeof(*all));

    all->node = node;
    all->nodes = nodes;
    all->daemon_id = daemon_id;
    all->at_once = AT_ONCE_BEGIN;
    return all;
}

struct marks *
marks_create(struct node *node, struct str daemon_id)
{
    return marks_make(node, NULL, daemon_id);
}

struct marks *
marks_create_polls(struct nodes *nodes, struct str daemon_id)
{
    return marks_make(NULL, nodes, daemon_id);
}

void
marks_destroy(struct marks *all)
{
    struct marked *m, *next;

    if (all == NULL) {
        return;
    }
    DL_FOREACH_SAFE (all->unanswered, m, next) {
        marks_forget_mark(all, m);
        m->destroy(m);
    }
    DL_FOREACH_SAFE (all->waiting, m, next) {
        marks_forget_mark(all, m);
        marks_stop_waiting(all, m);
        m->destroy(m);
    }
    free(all);
}
