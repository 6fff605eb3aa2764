/* ask_query.c - a question to Redis about one frame of a fastim.v2 client. */
#include "push-daemon/chat/ask_query.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "lib/redis/resp.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/nodes/nodes.h"
#include "push-daemon/v2/answer.h"
#include "push-daemon/v2/client_frame.h"

struct ask_query *
ask_begin(struct ask *ask, struct session *s, const struct client_frame *f, size_t size)
{
    struct ask_query *q = mem_zalloc(size);

    q->ask = ask;
    q->session = s;
    q->id_length = f->id.len;
    if (f->id.len > 0) {
        memcpy(q->id, f->id.p, f->id.len);
    }
    session_ref(s);
    argv_init(&q->argv);
    return q;
}

void
ask_end(struct ask_query *q)
{
    session_unref(q->session);
    argv_fini(&q->argv);
    free(q);
}

struct str
ask_id(const struct ask_query *q)
{
    return str_make(q->id, q->id_length);
}

struct str
ask_token(const struct ask_query *q)
{
    return q->ask->env->config->group.login_auth ? q->session->token : str_make("", 0);
}

bool
ask_within_rate(struct ask *ask, struct session *s, struct rate_limit *rate, struct str id)
{
    if (rate_limit_take(rate, env_now_ms(ask->env), ASK_A_SECOND, ASK_A_SECOND)) {
        return true;
    }
    answer_error(s, id, V2_CONNECTION, ASK_RETRY_MS);
    return false;
}

bool
ask_send(struct ask_query *q, void (*fn)(void *arg, const struct reply *reply))
{
    return nodes_send_script(q->ask->nodes, &q->argv, fn, q);
}

/* ---- costly ones ---- */

static void ask_on_costly_reply(void *arg, const struct reply *reply);

static bool
ask_send_now(struct ask_query *q)
{
    bool sent = nodes_send_script(q->ask->nodes, &q->argv, ask_on_costly_reply, q);

    if (sent) {
        DL_APPEND(q->ask->under_way, q);
    }
    return sent;
}

static bool
ask_is_busy(const struct ask *ask, const struct node *node)
{
    const struct ask_query *q;

    DL_SEARCH_SCALAR(ask->under_way, q, node, node);
    return q != NULL;
}

/* The oldest one for a node where none is under way; it waits no more. NULL: there is none. */
static struct ask_query *
ask_next_waiting(struct ask *ask)
{
    struct ask_query *q = ask->waiting;

    while (q != NULL && ask_is_busy(ask, q->node)) {
        q = q->next;
    }
    if (q != NULL) {
        DL_DELETE(ask->waiting, q);
        ask->waiting_count--;
    }
    return q;
}

static void
ask_on_costly_reply(void *arg, const struct reply *reply)
{
    struct ask_query *q = arg;
    struct ask *ask = q->ask;

    DL_DELETE(ask->under_way, q);
    q->fn(q, reply);
    while ((q = ask_next_waiting(ask)) != NULL) {
        if (!ask_send_now(q)) {
            q->fn(q, NULL);
        }
    }
}

bool
ask_send_costly(struct ask_query *q, void (*fn)(void *arg, const struct reply *reply))
{
    struct ask *ask = q->ask;

    q->fn = fn;
    sessions_charge(ask->sessions, q->session, ASK_COST_BYTES);
    q->node = nodes_of(ask->nodes, q->session->group);
    if (!ask_is_busy(ask, q->node)) {
        return ask_send_now(q);
    }
    if (ask->waiting_count >= ASK_WAITING_MAX) {
        return false;
    }
    DL_APPEND(ask->waiting, q);
    ask->waiting_count++;
    return true;
}

void
ask_fini(struct ask *ask)
{
    struct ask_query *q, *next;

    DL_FOREACH_SAFE (ask->waiting, q, next) {
        DL_DELETE(ask->waiting, q);
        ask_end(q);
    }
}

bool
ask_is_refused(struct ask_query *q, const struct reply *reply)
{
    struct session *s = q->session;

    switch (reply_int(reply)) {
    case CMD_NOT_LOGGED_IN:
        answer_error(s, ask_id(q), V2_LOGIN, 0);
        session_close(s, CLOSE_TOKEN_EXPIRED);
        return true;
    case CMD_NOT_JOINED:
        answer_error(s, ask_id(q), V2_MEMBER, 0);
        session_close(s, CLOSE_NOT_A_MEMBER);
        return true;
    default:
        break;
    }
    if (reply_type(reply) != REPLY_INT && reply_type(reply) != REPLY_LIST) {
        answer_error(s, ask_id(q), V2_REDIS, ASK_RETRY_MS);
        return true;
    }
    return false;
}
