/* ask.c - frames of fastim.v2 that change something in Redis: `recall`, `read`. */
#include "push-daemon/chat/ask.h"

#include "lib/redis/commands.h"
#include "lib/redis/commands_admin.h"
#include "lib/redis/resp.h"
#include "push-daemon/chat/ask_query.h"
#include "push-daemon/client/identity.h"
#include "push-daemon/client/rules.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/v2/answer.h"
#include "push-daemon/v2/client_frame.h"

/* ---- recall ---- */

/* A rule of the group refuses it: the client is no moderator, or banned. */
static void
ask_answer_rule(struct ask_query *q, const struct reply *reply)
{
    int64_t retry_ms = reply_count(reply) > 2 ? reply_int(reply_at(reply, 2)) : 0;
    enum v2_error why = v2_error_of(reply_text(reply_at(reply, 1)));

    answer_error(q->session, ask_id(q), why != V2_ERROR__MAX ? why : V2_ROLE, retry_ms);
    if (why == V2_BANNED) {
        rules_ban(q->session, retry_ms);
    }
}

static void
ask_on_recalled(void *arg, const struct reply *reply)
{
    struct ask_query *q = arg;
    struct session *s = q->session;

    if (ask_is_refused(q, reply)) {
        /* It was answered. */
    } else if (reply_count(reply) > 1) {
        ask_answer_rule(q, reply);
    } else if (reply_int(reply) == CMD_TOO_LATE) {
        answer_error(s, ask_id(q), V2_AGE, 0);
    } else if (reply_int(reply) == CMD_MISSING) {
        answer_error(s, ask_id(q), V2_MESSAGE, 0);
    } else {
        answer_ack(s, ask_id(q));
    }
    ask_end(q);
}

/* Is it for moderators? They name whose message it is; of their own, too, if it is old. */
static bool
ask_names_user(const struct session *s, const struct client_frame *f)
{
    return f->user.p != NULL && (!str_equal(f->user, s->user) || s->role == JWT_MOD);
}

void
ask_recall(struct ask *ask, struct session *s, const struct client_frame *f)
{
    struct ask_query *q;
    bool is_for_mods;

    if (!ask_within_rate(ask, s, &s->v2->recall, f->id)) {
        return;
    }
    is_for_mods = ask_names_user(s, f);
    if (is_for_mods && identity_standing(s) == CMD_UNVERIFIED) { /* these have no role */
        answer_error(s, f->id, V2_ROLE, 0);
        return;
    }
    q = ask_begin(ask, s, f, sizeof(*q));
    if (is_for_mods) {
        struct cmd_actor mod = {
            .user = s->user, .token = ask_token(q), .standing = identity_standing(s)};

        cmd_admin_recall(&q->argv, ask->env->config, &mod, s->group, f->user, f->ts);
    } else {
        cmd_recall(&q->argv, ask->env->config, s->user, ask_token(q), s->group, f->ts);
    }
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
