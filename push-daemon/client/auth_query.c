/* auth_query.c - a question to Redis about one session: may it be there, and what is its user? */
#include "push-daemon/client/auth_query.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/client/rules.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/env.h"
#include "push-daemon/nodes/nodes.h"

struct str
auth_token(const struct auth *auth, const struct session *s)
{
    return auth->env->config->group.login_auth ? s->token : str_make("", 0);
}

struct auth_query *
auth_query_begin(struct auth *auth, struct session *s, void (*then)(struct session *s))
{
    const struct auth_settings *settings = &auth->settings;
    struct auth_query *q = mem_alloc(sizeof(*q));
    uint64_t version = settings->ctx != NULL ? settings->version(settings->ctx, s->group) : 0;

    *q = (struct auth_query){auth, s, version, then};
    session_ref(s);
    return q;
}

void
auth_query_end(struct auth_query *q)
{
    session_unref(q->session);
    free(q);
}

bool
auth_query_send(struct auth_query *q, struct str token, const struct address *client,
                enum cmd_enter_kind kind, void (*fn)(void *arg, const struct reply *reply))
{
    struct auth *auth = q->auth;
    struct cmd_enter_args args = {
        .user = q->session->user,
        .token = token,
        .group = q->session->group,
        .client = client,
        .kind = kind,
    };

    cmd_enter(&auth->argv, auth->env->config, &args);
    return nodes_send_script(auth->nodes, &auth->argv, fn, q);
}

void
auth_query_note(struct session *s, const struct reply *reply, bool is_told)
{
    if (rules_note(s, reply) && is_told && s->state == SESSION_LIVE && s->kind->on_you != NULL) {
        s->kind->on_you(s);
    }
}

void
auth_query_hand_on_settings(const struct auth_query *q, const struct reply *reply)
{
    const struct auth_settings *settings = &q->auth->settings;
    struct text json;

    if (settings->ctx == NULL || q->session->group.len == 0) {
        return;
    }
    text_init(&json);
    rules_add_settings(&json, q->auth->env->config, reply);
    settings->take(settings->ctx, q->session->group, text_str(&json), q->version);
    text_fini(&json);
}
