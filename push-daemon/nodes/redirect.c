/* redirect.c - commands to a cluster on their way: each goes to the node of its slot. */
#include "push-daemon/nodes/redirect.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/cluster/redirection.h"
#include "lib/mem.h"
#include "lib/redis/resp.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/nodes/node.h"

enum {
    MOVES_MAX = 5,
    PATIENCE_MS = 2000,
    AGAIN_MS = 25
};

struct redirect {
    struct redirect *prev, *next; /* among those at a node, or those that wait */
    struct redirects *all;
    struct argv argv;
    bool is_script;
    bool is_patient; /* else TRYAGAIN is the answer */
    reply_fn *fn;
    void *arg;
    struct place at; /* where it was sent last, or is to go; an ASK may name no address */
    int moves;
    int64_t begun_ms;
};

struct redirects {
    struct loop *loop;
    struct redirect_hooks hooks;
    struct redirect *sent, *waiting;
    struct place last; /* that of the command that ended last */
    struct loop_timer *again;
};

/* ---- the end ---- */

static void
redirect_free(struct redirect *r)
{
    argv_fini(&r->argv);
    free(r);
}

/* It is in no list. */
static void
redirect_end(struct redirect *r, const struct reply *reply)
{
    reply_fn *fn = r->fn;
    void *arg = r->arg;

    r->all->last = r->at;
    redirect_free(r);
    if (fn != NULL) {
        fn(arg, reply);
    }
}

/* ---- sending ---- */

static void redirect_on_reply(void *arg, const struct reply *reply);

static bool
redirect_send_to(struct redirect *r, struct node *node)
{
    if (node == NULL ||
        !(r->is_script ? node_send_script : node_send)(node, &r->argv, redirect_on_reply, r)) {
        return false;
    }
    r->at = *node_place(node);
    DL_APPEND(r->all->sent, r);
    return true;
}

static bool
redirect_send(struct redirect *r)
{
    struct node *node = r->all->hooks.of_slot(r->all->hooks.ctx, r->argv.slot);

    r->at = node != NULL ? *node_place(node) : (struct place){0};
    return redirect_send_to(r, node);
}

static bool
redirect_has_new_node(const struct redirect *r)
{
    const struct node *node = r->all->hooks.of_slot(r->all->hooks.ctx, r->argv.slot);

    return node != NULL && node_is_new(node);
}

/* Only the next command that the node gets may use the slot before it is the node's own. */
static bool
redirect_ask(struct redirect *r, const struct place *place)
{
    struct node *node = r->all->hooks.at(r->all->hooks.ctx, place);
    struct argv asking;
    bool sent;

    if (node == NULL) {
        return false;
    }
    argv_init(&asking);
    argv_add_str(&asking, "ASKING");
    sent = node_send(node, &asking, NULL, NULL) && redirect_send_to(r, node);
    argv_fini(&asking);
    return sent;
}

static void
redirect_wait(struct redirect *r)
{
    DL_APPEND(r->all->waiting, r);
    if (r->all->waiting->next == NULL) {
        loop_timer_start(r->all->again, AGAIN_MS, 0);
    }
}

/* ---- answers ---- */

/* False: that is the answer. */
static bool
redirect_follow(struct redirect *r, const struct redirection *where)
{
    if (loop_now_ms(r->all->loop) - r->begun_ms >= PATIENCE_MS) {
        return false;
    }
    switch (where->kind) {
    case REDIRECTION_MOVED: /* the map has learned it */
        if (r->moves++ >= MOVES_MAX) {
            return false;
        }
        if (!redirect_send(r)) {
            redirect_wait(r);
        }
        return true;
    case REDIRECTION_ASK:
        if (r->moves >= MOVES_MAX) {
            return false;
        }
        if (redirect_ask(r, &where->place)) {
            r->moves++;
        } else {
            redirect_wait(r);
        }
        return true;
    case REDIRECTION_TRYAGAIN:
        if (r->is_patient) {
            redirect_wait(r);
        }
        return r->is_patient;
    case REDIRECTION_NONE:
    case REDIRECTION_DOWN:
    case REDIRECTION__MAX:
        break;
    }
    return false;
}

static void
redirect_on_reply(void *arg, const struct reply *reply)
{
    struct redirect *r = arg;
    struct redirection where = {.kind = REDIRECTION_NONE};

    DL_DELETE(r->all->sent, r);
    if (reply_type(reply) == REPLY_ERROR) {
        where = redirection_read(reply_text(reply), &r->at);
    }
    if (!redirect_follow(r, &where)) {
        redirect_end(r, reply);
    }
}

/* ---- those that wait ---- */

static void
redirects_on_again(void *arg)
{
    struct redirects *all = arg;
    struct redirect *waiting = all->waiting, *r, *next;

    all->waiting = NULL; /* those that wait once more come behind */
    DL_FOREACH_SAFE (waiting, r, next) {
        DL_DELETE(waiting, r);
        if (loop_now_ms(all->loop) - r->begun_ms >= PATIENCE_MS) {
            redirect_end(r, NULL);
        } else if (!redirect_send(r)) {
            redirect_wait(r);
        }
    }
}

void
redirects_go_on(struct redirects *all)
{
    loop_timer_stop(all->again);
    redirects_on_again(all);
}

/* ---- life ---- */

static bool
redirects_add(struct redirects *all, const struct argv *argv, bool is_script, bool is_patient,
              reply_fn *fn, void *arg)
{
    struct redirect *r = mem_zalloc(sizeof(*r));

    r->all = all;
    r->is_script = is_script;
    r->is_patient = is_patient;
    r->fn = fn;
    r->arg = arg;
    r->begun_ms = loop_now_ms(all->loop);
    argv_init(&r->argv);
    argv_add_words(&r->argv, argv, 0);
    r->argv.slot = argv->slot;
    if (redirect_send(r)) {
        return true;
    }
    if (redirect_has_new_node(r)) {
        redirect_wait(r);
        return true;
    }
    all->last = r->at;
    redirect_free(r);
    return false;
}

bool
redirects_send(struct redirects *all, const struct argv *argv, bool is_script, reply_fn *fn,
               void *arg)
{
    return redirects_add(all, argv, is_script, true, fn, arg);
}

bool
redirects_try(struct redirects *all, const struct argv *argv, reply_fn *fn, void *arg)
{
    return redirects_add(all, argv, true, false, fn, arg);
}

const struct place *
redirects_last_place(const struct redirects *all)
{
    return &all->last;
}

struct redirects *
redirects_create(struct loop *loop, const struct redirect_hooks *hooks)
{
    struct redirects *all = mem_zalloc(sizeof(*all));

    all->loop = loop;
    all->hooks = *hooks;
    all->again = loop_timer_create(loop, redirects_on_again, all);
    return all;
}

void
redirects_destroy(struct redirects *all)
{
    struct redirect *r, *next;

    if (all == NULL) {
        return;
    }
    DL_FOREACH_SAFE (all->sent, r, next) {
        redirect_free(r);
    }
    DL_FOREACH_SAFE (all->waiting, r, next) {
        redirect_free(r);
    }
    loop_timer_destroy(all->again);
    free(all);
}
