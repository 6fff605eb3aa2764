/* marks.c - scripts under way that read a group, and publish a mark in the same step. */
#include "push-daemon/room/marks.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/mem.h"
#include "push-daemon/redis/commands.h"

struct marks {
    struct commands *commands;
    struct str node_id;
    struct marked *by_mark;    /* those whose mark has not come */
    struct marked *unanswered; /* those whose answer has not come */
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

static void
marks_on_answer(void *arg, const struct reply *reply)
{
    struct marked *m = arg;

    DL_DELETE(m->all->unanswered, m);
    m->answered = true;
    if (m->owner != NULL) {
        m->on_answer(m, reply);
    } else {
        m->destroy(m);
    }
}

struct str
marks_node_id(const struct marks *all)
{
    return all->node_id;
}

int64_t
marks_next(const struct marks *all)
{
    return all->last + 1;
}

bool
marks_request(struct marks *all, struct marked *m, const struct argv *command)
{
    if (!commands_send_script(all->commands, command, marks_on_answer, m)) {
        return false;
    }
    m->all = all;
    m->mark = ++all->last;
    HASH_ADD(hh, all->by_mark, mark, sizeof(m->mark), m);
    DL_APPEND(all->unanswered, m);
    return true;
}

void
marks_abandon(struct marks *all, struct marked *m)
{
    m->owner = NULL;
    marks_forget_mark(all, m);
    if (m->answered) {
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

struct marks *
marks_create(struct commands *commands, struct str node_id)
{
    struct marks *all = mem_zalloc(sizeof(*all));

    all->commands = commands;
    all->node_id = node_id;
    return all;
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
    free(all);
}
