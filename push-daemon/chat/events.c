/* events.c - clients of /group/events. */
#include "push-daemon/chat/events.h"

#include "lib/backoff.h"
#include "lib/text.h"
#include "push-daemon/chat/chat_v2.h"
#include "push-daemon/chat/welcome.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/identity.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/hub/hub.h"
#include "push-daemon/net/event_stream.h"
#include "push-daemon/net/ws_request.h"
#include "push-daemon/v2/answer.h"

/* EventSource comes back by itself, after a time that it is told here. It draws none, so that all
 * would come at once: each client is told another one. */
static void
events_say_retry(struct session *s, int64_t most_ms)
{
    struct blob *blob;
    struct text line;

    text_init(&line);
    text_add_str(&line, "retry: ");
    text_add_int(&line, backoff_draw_ms(most_ms));
    text_add_str(&line, "\n\n");
    blob = blob_of(text_str(&line));
    session_send(s, blob);
    blob_unref(blob);
    text_fini(&line);
}

static void
events_welcome(struct session *s, bool recovered, size_t missed)
{
    const struct chat_v2 *chat = s->ctx;

    event_stream_begin(s->ws);
    events_say_retry(s, s->owner->env->config->push.reconnect_spread_ms);
    welcome_send(s, chat->presence, hub_settings(chat->hub, s->group), recovered, missed);
}

static void
events_on_drain(struct session *s, int64_t span_ms)
{
    events_say_retry(s, span_ms);
    answer_reconnect(s, span_ms);
}

static const struct session_kind events_kind = {
    .name = "events",
    .form = &form_sse,
    .welcome = events_welcome,
    .on_you = answer_you,
    .on_drain = events_on_drain,
    .on_leave = chat_v2_leave,
};

/* If its path has no token, the header `token` does. */
struct session *
events_open(struct chat_v2 *chat, struct ws *ws, const struct ws_request *request)
{
    const struct dialog *d = &chat->dialog;
    struct session *s = sessions_open(d->sessions, ws, request, &events_kind, chat);
    bool is_checked = d->env->config->group.login_auth && str_is(s->token, "-");
    enum close_reason why;

    if (is_checked && !identity_take(d->identity, s, request->token, &why)) {
        session_close(s, why);
    } else {
        auth_enter(d->auth, s, chat_v2_enter);
    }
    return s;
}
