/* chat_v1.c - clients of /group/chat that speak Part 1: each text is a message to the group. */
#include "push-daemon/chat/chat_v1.h"

#include "lib/utf8.h"
#include "push-daemon/append/append_message.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/identity.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/core/v2_error.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/hub/hub.h"
#include "push-daemon/presence/presence.h"
#include "push-daemon/review/review.h"
#include "push-daemon/room/room.h"
#include "push-daemon/words/words.h"

enum {
    APPENDING_MAX = 128,  /* a client with so many messages under way is read no further */
    APPENDING_RESUME = 64 /* until there are no more than these */
};

static void
chat_v1_on_admitted(struct session *s)
{
    struct chat_v1 *chat = s->ctx;

    s->chat.is_present = true;
    presence_enter(chat->presence, s->group, s->user);
    hub_join(chat->hub, s);
}

static void
chat_v1_on_rule(struct session *s, enum v2_error why)
{
    if (why == V2_BANNED) {
        session_close(s, CLOSE_BANNED);
    } else {
        session_send_text(s, why == V2_SLOW || why == V2_ROOM ? "429" : "403");
    }
}

static void
chat_v1_on_outcome(void *arg, const struct append_outcome *outcome)
{
    struct session *s = arg;
    const struct env *env = s->owner->env;
    enum append_result result = outcome->result;

    if (result == APPEND_NOT_LOGGED_IN && !env->config->group.login_auth) {
        result = APPEND_REFUSED; /* a SIGHUP has come since it was sent */
    }
    s->chat.appending--;
    s->chat.outcome_ms = env_now_ms(env);
    env->metrics->messages_stored += result == APPEND_STORED;
    env->metrics->messages_refused += result == APPEND_REFUSED || result == APPEND_NOT_REVIEWED;
    env->metrics->messages_ruled += result == APPEND_AGAINST_RULES;
    if (session_is_open(s)) {
        if (s->chat.appending <= APPENDING_RESUME) {
            session_release(s, HOLD_APPENDS);
        }
        if (result == APPEND_NOT_LOGGED_IN) {
            session_close(s, CLOSE_TOKEN_EXPIRED);
        } else if (result == APPEND_NOT_JOINED) {
            session_close(s, CLOSE_NOT_A_MEMBER);
        } else if (result == APPEND_AGAINST_RULES) {
            chat_v1_on_rule(s, v2_error_of(outcome->reason));
        } else if (result == APPEND_NOT_ALLOWED) {
            session_send_text(s, "403");
        } else if (result == APPEND_REFUSED || result == APPEND_NOT_REVIEWED) {
            session_send_text(s, "503");
        }
    }
    session_unref(s);
}

static void
chat_v1_append(struct chat_v1 *chat, struct session *s, struct str text)
{
    struct append_message message = {
        .group = s->group,
        .user = s->user,
        .info = text,
        .token = chat->env->config->group.login_auth ? s->token : str_make("", 0),
        .standing = identity_standing(s),
    };

    session_ref(s);
    s->chat.appending++;
    if (!review_message(chat->review, s, &message, chat_v1_on_outcome, s)) {
        chat_v1_on_outcome(s, &(struct append_outcome){.result = APPEND_REFUSED});
        return;
    }
    if (s->chat.appending >= APPENDING_MAX && session_is_open(s)) {
        session_hold(s, HOLD_APPENDS);
    }
}

static void
chat_v1_through_filter(struct chat_v1 *chat, struct session *s, struct str text)
{
    switch (words_check(chat->words, s, &text)) {
    case WORDS_PASS:
        chat_v1_append(chat, s, text);
        return;
    case WORDS_REFUSED:
        session_send_text(s, "403");
        return;
    case WORDS_NOT_KNOWN:
    case WORDS_VERDICT__MAX:
        chat->env->metrics->messages_refused++;
        session_send_text(s, "503");
        return;
    }
}

static void
chat_v1_on_text(struct session *s, struct str text)
{
    struct chat_v1 *chat = s->ctx;
    struct metrics *metrics = chat->env->metrics;

    if (text.len == 0) {
        return;
    }
    if (!utf8_valid(text)) {
        session_close(s, CLOSE_NOT_UTF8);
        return;
    }
    metrics->messages_in++;
    if (!sessions_take_message(chat->sessions, s, text.len)) {
        metrics->messages_limited++;
        session_send_text(s, "429");
        return;
    }
    chat_v1_through_filter(chat, s, text);
}

static void
chat_v1_on_leave(struct session *s)
{
    struct chat_v1 *chat = s->ctx;

    if (s->chat.is_present) {
        presence_leave(chat->presence, s->group, s->user);
    }
    if (s->chat.room != NULL) {
        room_leave(s->chat.room, s);
    }
}

static bool
chat_v1_is_settled(const struct session *s, int64_t since_ms)
{
    return s->chat.appending == 0 && s->chat.outcome_ms <= since_ms;
}

static const struct session_kind chat_v1_kind = {
    .name = "chat",
    .form = &form_v1,
    .on_text = chat_v1_on_text,
    .on_leave = chat_v1_on_leave,
    .is_settled = chat_v1_is_settled,
};

struct session *
chat_v1_open(struct chat_v1 *chat, struct ws *ws, const struct ws_request *request)
{
    struct session *s = sessions_open(chat->sessions, ws, request, &chat_v1_kind, chat);

    auth_enter(chat->auth, s, chat_v1_on_admitted);
    return s;
}
