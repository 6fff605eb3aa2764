/* receive.c - what comes in from one client becomes texts. */
#include "push-daemon/client/receive.h"

#include "push-daemon/client/session.h"
#include "push-daemon/client/v2_state.h"

/* The frame that says who the client is. */
static bool
receive_is_awaited(const struct session *s)
{
    return s->v2 != NULL && s->v2->awaits_auth;
}

bool
receive_is_ready(const struct session *s)
{
    return s->v2 != NULL ? s->state == SESSION_LIVE : s->state != SESSION_ENTERING;
}

/* Hardly any client sends something before its first frame. So a client is held when it does:
 * to hold each one while it enters would cost more. */
static void
receive_early(struct session *s, const struct ws_piece *piece)
{
    inbox_keep(&s->inbox, piece);
    session_hold(s, HOLD_AUTH);
}

void
receive_kept(struct session *s)
{
    struct ws_piece piece;
    struct preauth *kept;

    session_release(s, HOLD_AUTH);
    while ((kept = inbox_take_kept(&s->inbox, &piece)) != NULL) {
        receive_piece(s, &piece);
        inbox_free_kept(kept);
    }
}

static void
receive_add(struct session *s, const struct ws_piece *piece)
{
    const struct config *config = s->owner->env->config;
    size_t max = s->kind->max_bytes != NULL ? s->kind->max_bytes(config)
                                            : (size_t)config->message.max_message_bytes;
    struct str text;

    switch (inbox_add(&s->inbox, piece, max, &text)) {
    case INBOX_MORE:
        return;
    case INBOX_TOO_BIG:
        session_close(s, CLOSE_MESSAGE_TOO_BIG);
        return;
    case INBOX_TEXT:
        s->kind->on_text(s, text);
        inbox_next(&s->inbox);
        return;
    }
}

void
receive_piece(struct session *s, const struct ws_piece *piece)
{
    if (!session_is_open(s) || s->kind->on_text == NULL) {
        return;
    }
    if (!receive_is_ready(s) && !receive_is_awaited(s)) {
        receive_early(s, piece);
    } else if (!piece->binary) {
        receive_add(s, piece);
    } else if (s->kind
                   ->refuses_binary) { /* else ignored, as fast-im does: some heartbeats are so */
        session_close(s, CLOSE_BINARY);
    }
}
