/* snapshots.c - the snapshots under way, and the marks that they publish. */
#include "push-daemon/room/snapshots.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/core/env.h"
#include "push-daemon/redis/commands.h"
#include "push-daemon/room/snapshot.h"

struct snapshots {
    const struct env *env;
    struct commands *commands;
    struct str node_id;
    struct snapshot *by_mark;    /* those whose mark has not come */
    struct snapshot *unanswered; /* those whose answer has not come */
    int64_t last_mark;
    struct argv argv;
};

static void
snapshots_forget_mark(struct snapshots *all, struct snapshot *s)
{
    if (s->mark != 0) {
        HASH_DEL(all->by_mark, s);
        s->mark = 0;
    }
}

static void
snapshots_on_answer(void *arg, const struct reply *reply)
{
    struct snapshot *s = arg;

    DL_DELETE(s->all->unanswered, s);
    s->answered = true;
    if (s->owner != NULL) {
        s->on_answer(s, reply);
    } else {
        snapshot_destroy(s);
    }
}

bool
snapshots_request(struct snapshots *all, struct snapshot *s, struct str group)
{
    s->all = all;
    s->mark = ++all->last_mark;
    cmd_snapshot(&all->argv, all->env->config, group, s->window, s->most_bytes, all->node_id,
                 s->mark);
    if (!commands_send_script(all->commands, &all->argv, snapshots_on_answer, s)) {
        return false;
    }
    HASH_ADD(hh, all->by_mark, mark, sizeof(s->mark), s);
    DL_APPEND(all->unanswered, s);
    return true;
}

void
snapshots_abandon(struct snapshots *all, struct snapshot *s)
{
    s->owner = NULL;
    snapshots_forget_mark(all, s);
    if (s->answered) {
        snapshot_destroy(s);
    }
}

void
snapshots_on_mark(struct snapshots *all, int64_t mark)
{
    struct snapshot *s;

    HASH_FIND(hh, all->by_mark, &mark, sizeof(mark), s);
    if (s != NULL) {
        snapshots_forget_mark(all, s);
        s->on_mark(s);
    }
}

struct snapshots *
snapshots_create(const struct env *env, struct commands *commands, struct str node_id)
{
    struct snapshots *all = mem_zalloc(sizeof(*all));

    all->env = env;
    all->commands = commands;
    all->node_id = node_id;
    argv_init(&all->argv);
    return all;
}

void
snapshots_destroy(struct snapshots *all)
{
    struct snapshot *s, *next;

    if (all == NULL) {
        return;
    }
    DL_FOREACH_SAFE (all->unanswered, s, next) {
        snapshots_forget_mark(all, s);
        snapshot_destroy(s);
    }
    argv_fini(&all->argv);
    free(all);
}
