/* ask.c - frames of fastim.v2 that change something in Redis: `recall`, `read`. */
#include "push-daemon/chat/ask.h"

#include "lib/redis/commands.h"
#include "lib/redis/resp.h"
#include "push-daemon/chat/ask_query.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/v2/answer.h"
#include "push-daemon/v2/client_frame.h"

/* ---- recall ---- */

static void
ask_on_recalled(void *arg, const struct reply *reply)
{
    struct ask_query *q = arg;
    struct session *s = q->session;

    if (ask_is_refused(q, reply)) {
        /* It was answered. */
    } else if (reply_int(reply) == CMD_TOO_LATE) {
        answer_error(s, ask_id(q), V2_AGE, 0);
    } else if (reply_int(reply) == CMD_MISSING) {
        answer_error(s, ask_id(q), V2_MESSAGE, 0);
    } else {
        answer_ack(s, ask_id(q));
    }
    ask_end(q);
}

/* Moderators will be able to recall messages of others. */
void
ask_recall(struct ask *ask, struct session *s, const struct client_frame *f)
{
    struct ask_query *q;

    if (!ask_within_rate(ask, s, &s->v2->recall, f->id)) {
        return;
    }
    if (f->user.p != NULL && !str_equal(f->user, s->user)) {
        answer_error(s, f->id, V2_ROLE, 0);
        return;
    }
    q = ask_begin(ask, s, f, sizeof(*q));
    cmd_recall(&q->argv, ask->env->config, s->user, ask_token(q), s->group, f->ts);
    if (!ask_send_costly(q, ask_on_recalled)) {
        ask_on_recalled(q, NULL);
    }
}

/* ---- read ---- */

static void
ask_on_read(void *arg, const struct reply *reply)
{
    struct ask_query *q = arg;

    if (!ask_is_refused(q, reply)) {
        answer_ack(q->session, ask_id(q));
    }
    ask_end(q);
}

void
ask_read(struct ask *ask, struct session *s, const struct client_frame *f)
{
    struct ask_query *q;

    if (!ask_within_rate(ask, s, &s->v2->read, f->id)) {
        return;
    }
    q = ask_begin(ask, s, f, sizeof(*q));
    cmd_read(&q->argv, ask->env->config, s->user, ask_token(q), s->group, f->ts);
    if (!ask_send(q, ask_on_read)) {
        ask_on_read(q, NULL);
    }
}
