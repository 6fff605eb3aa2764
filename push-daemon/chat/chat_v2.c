/* chat_v2.c - clients of /group/chat that speak fastim.v2. */
#include "push-daemon/chat/chat_v2.h"

#include "push-daemon/chat/ask.h"
#include "push-daemon/chat/history.h"
#include "push-daemon/chat/signal.h"
#include "push-daemon/chat/welcome.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/hub/hub.h"
#include "push-daemon/presence/presence.h"
#include "push-daemon/room/room.h"
#include "push-daemon/v2/answer.h"
#include "push-daemon/v2/client_frame.h"

void
chat_v2_enter(struct session *s)
{
    struct chat_v2 *chat = s->ctx;

    s->chat.is_present = true;
    presence_enter(chat->presence, s->group, s->user);
    hub_join(chat->hub, s);
}

static void
chat_v2_on_text(struct session *s, struct str text)
{
    struct chat_v2 *chat = s->ctx;
    struct client_frame f;

    if (!dialog_take(&chat->dialog, s, text, chat_v2_enter, &f)) {
        return;
    }
    switch (f.type) {
    case CLIENT_SEND:
        send_take(&chat->send, s, &f);
        break;
    case CLIENT_RECALL:
        ask_recall(&chat->ask, s, &f);
        break;
    case CLIENT_HISTORY:
        history_take(&chat->ask, s, &f);
        break;
    case CLIENT_READ:
        ask_read(&chat->ask, s, &f);
        break;
    case CLIENT_SIGNAL:
        signal_take(chat->hub, &chat->ask, s, &f);
        break;
    case CLIENT_AUTH:
    case CLIENT_PING:
    case CLIENT_UNKNOWN: /* dialog_take() has answered these */
        break;
    }
    client_frame_fini(&f);
}

static void
chat_v2_welcome(struct session *s, bool recovered, size_t missed)
{
    const struct chat_v2 *chat = s->ctx;

    welcome_send(s, chat->presence, hub_settings(chat->hub, s->group), recovered, missed);
}

void
chat_v2_leave(struct session *s)
{
    struct chat_v2 *chat = s->ctx;

    if (s->chat.is_present) {
        presence_leave(chat->presence, s->group, s->user);
    }
    if (s->chat.room != NULL) {
        room_leave(s->chat.room, s);
    }
}

static bool
chat_v2_is_settled(const struct session *s, int64_t since_ms)
{
    return s->chat.appending == 0 && s->chat.outcome_ms <= since_ms;
}

static const struct session_kind chat_v2_kind = {
    .name = "chat-v2",
    .form = &form_v2,
    .on_text = chat_v2_on_text,
    .max_bytes = dialog_max_bytes,
    .refuses_binary = true,
    .welcome = chat_v2_welcome,
    .on_you = answer_you,
    .on_drain = answer_reconnect,
    .on_leave = chat_v2_leave,
    .is_settled = chat_v2_is_settled,
};

struct session *
chat_v2_open(struct chat_v2 *chat, struct ws *ws, const struct ws_request *request)
{
    struct session *s = sessions_open(chat->dialog.sessions, ws, request, &chat_v2_kind, chat);

    dialog_enter(&chat->dialog, s, chat_v2_enter);
    return s;
}
