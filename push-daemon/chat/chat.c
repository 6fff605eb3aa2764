/* chat.c - clients of /group/chat: each text that comes in is a message to the group. */
#include "push-daemon/chat/chat.h"

#include "lib/utf8.h"
#include "push-daemon/chat/append.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/room/hub.h"
#include "push-daemon/core/metrics.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"

enum {
    OPEN_MAX = 128,  /* messages of one client whose outcome is open: then it is read no further */
    OPEN_RESUME = 64 /* ... until there are no more than these */
};

static void
on_entered(struct session *s)
{
    struct chat *chat = s->ctx;

    hub_join(chat->hub, s);
}

static void
on_outcome(void *arg, enum append_result result)
{
    struct session *s = arg;

    s->open_messages--;
    s->outcome_ms = sessions_now_ms(s->all);
    sessions_metrics(s->all)->messages_stored += result == APPEND_STORED;
    sessions_metrics(s->all)->messages_refused += result == APPEND_REFUSED;
    if (s->paused && !s->dismissed && s->open_messages <= OPEN_RESUME && session_is_open(s)) {
        s->paused = false;
        ws_pause(s->ws, false);
    }
    if (!session_is_open(s)) {
        /* Nobody to tell. */
    } else if (result == APPEND_NOT_LOGGED_IN) {
        session_refuse(s, "440", WS_POLICY_VIOLATION, "token is no longer valid");
    } else if (result == APPEND_REFUSED) {
        session_send_text(s, "503");
    }
    session_unref(s);
}

static void
on_text(struct session *s, struct str text)
{
    struct chat *chat = s->ctx;
    struct metrics *metrics = sessions_metrics(s->all);
    struct str token = chat->config->group.login_auth ? s->token : str_make("", 0);

    if (!utf8_valid(text)) {
        session_close(s, WS_INVALID_PAYLOAD, "not UTF-8");
        return;
    }
    metrics->messages_in++;
    if (!rate_limit_take(&s->messages, sessions_now_ms(s->all),
                         chat->config->push.messages_per_second,
                         chat->config->push.message_burst)) {
        metrics->messages_limited++;
        session_send_text(s, "429");
        return;
    }
    session_ref(s);
    s->open_messages++;
    if (!append_message(chat->appender, s->group, s->user, text, token, on_outcome, s)) {
        on_outcome(s, APPEND_REFUSED);
        return;
    }
    if (s->open_messages >= OPEN_MAX && !s->paused && session_is_open(s)) {
        s->paused = true;
        ws_pause(s->ws, true);
    }
}

static void
on_leave(struct session *s)
{
    hub_leave(s);
}

static const struct session_kind chat_kind = {"chat", on_text, on_leave};

struct session *
chat_open(struct chat *chat, struct sessions *all, struct ws *ws, const struct ws_request *v)
{
    struct session *s = session_create(all, ws, v, &chat_kind, chat);

    auth_enter(chat->auth, s, on_entered);
    return s;
}
