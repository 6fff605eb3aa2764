/* dialog.c - what all clients of fastim.v2 say alike. */
#include "push-daemon/v2/dialog.h"

#include "lib/utf8.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/identity.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/v2/answer.h"
#include "push-daemon/v2/client_frame.h"

enum {
    ESCAPED_TIMES = 6, /* a byte may be written as \u00XX */
    REST_BYTES = 1024, /* of a frame beside its text */
    RENEWAL_BYTES =
        4096, /* a token that renews one counts as so many: its signature takes 0.1 ms */
    /* One that is larger, and above the rates, is not parsed: that takes milliseconds. So what is
     * answered has no id. */
    LARGE_BYTES = 32768,
    RETRY_MS = 1000 /* after so long a client is within its rates again */
};
#define PING "{\"type\":\"ping\"}"

size_t
dialog_max_bytes(const struct config *config)
{
    return ESCAPED_TIMES * (size_t)config->message.max_message_bytes + REST_BYTES;
}

void
dialog_enter(struct dialog *d, struct session *s, void (*on_admitted)(struct session *s))
{
    if (str_is(s->token, "-") && d->env->config->group.login_auth) {
        s->v2->awaits_auth = true;
    } else {
        auth_enter(d->auth, s, on_admitted);
    }
}

/* ---- auth ---- */

static void
dialog_on_renewed(struct session *s)
{
    answer_you(s);
}

/* The first frame, or a new token later. */
static void
dialog_take_auth(struct dialog *d, struct session *s, struct str token,
                 void (*on_admitted)(struct session *s))
{
    bool is_checked = d->env->config->group.login_auth;
    enum close_reason why;

    if (is_checked && !s->v2->awaits_auth) {
        sessions_charge(d->sessions, s, RENEWAL_BYTES);
    }
    if (is_checked && !identity_take(d->identity, s, token, &why)) {
        session_close(s, why);
    } else if (s->v2->awaits_auth) {
        s->v2->awaits_auth = false;
        s->enters_since_ms = env_now_ms(d->env);
        auth_enter(d->auth, s, on_admitted);
    } else if (!is_checked) {
        answer_you(s);
    } else {
        auth_renew(d->auth, s, dialog_on_renewed);
    }
}

/* ---- frames ---- */

static enum v2_error
dialog_mistake(const struct dialog *d, const struct client_frame *f)
{
    bool is_too_large =
        f->type == CLIENT_SEND && (int64_t)f->info.len > d->env->config->message.max_message_bytes;

    return f->error == V2_ERROR__MAX && is_too_large ? V2_TOO_LARGE : f->error;
}

/* False: it was answered. A mistake is told first, and counts for the rates all the same. */
static bool
dialog_take_frame(struct dialog *d, struct session *s, const struct client_frame *f,
                  void (*on_admitted)(struct session *s), size_t bytes)
{
    enum v2_error mistake = dialog_mistake(d, f);
    bool is_within_rates = f->type == CLIENT_PING || sessions_take_message(d->sessions, s, bytes);

    if (s->v2->awaits_auth && f->type != CLIENT_AUTH) {
        session_close(s, CLOSE_LOGIN_FIRST);
    } else if (f->type == CLIENT_PING) {
        answer_pong(s);
    } else if (mistake != V2_ERROR__MAX) {
        answer_error(s, f->id, mistake, 0);
    } else if (!is_within_rates) {
        d->env->metrics->messages_limited++;
        answer_error(s, f->id, V2_CONNECTION, RETRY_MS);
    } else if (f->type == CLIENT_AUTH) {
        dialog_take_auth(d, s, f->token, on_admitted);
    } else {
        return true;
    }
    return false;
}

bool
dialog_take(struct dialog *d, struct session *s, struct str text,
            void (*on_admitted)(struct session *s), struct client_frame *f)
{
    if (!utf8_valid(text)) {
        session_close(s, CLOSE_NOT_UTF8);
        return false;
    }
    if (str_is(text, PING) && !s->v2->awaits_auth) { /* the usual form need not be parsed */
        answer_pong(s);
        return false;
    }
    if (text.len > LARGE_BYTES && !sessions_may_send(d->sessions, s, text.len)) {
        d->env->metrics->messages_limited++;
        answer_error(s, str_make("", 0), V2_CONNECTION, RETRY_MS);
        return false;
    }
    if (!client_frame_read(f, text)) {
        session_close(s, CLOSE_BAD_FRAME);
        return false;
    }
    if (dialog_take_frame(d, s, f, on_admitted, text.len)) {
        return true;
    }
    client_frame_fini(f);
    return false;
}
