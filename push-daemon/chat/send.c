/* send.c - the frame `send` of fastim.v2. */
#include "push-daemon/chat/send.h"

#include <stdlib.h>

#include "lib/ids.h"
#include "lib/mem.h"
#include "push-daemon/append/append_message.h"
#include "push-daemon/client/identity.h"
#include "push-daemon/client/rules.h"
#include "push-daemon/client/session.h"
#include "push-daemon/review/review.h"
#include "push-daemon/v2/answer.h"
#include "push-daemon/v2/client_frame.h"
#include "push-daemon/words/words.h"

enum {
    RETRY_MS = 1000 /* if Redis is away */
};

/* One of them, until its outcome is known. */
struct sending {
    struct send *send;
    struct session *session; /* a reference */
    size_t id_length;
    char id[ID_SEND_MAX_BYTES];
};

void
send_flush(struct send *send)
{
    struct session *s = send->acked;

    if (s != NULL) {
        send->acked = NULL;
        answer_frames(s, text_str(&send->acks));
        text_clear(&send->acks);
        session_unref(s);
    }
}

static void
send_add_ack(struct send *send, struct session *s, struct str id, int64_t ts)
{
    if (send->acked != s) {
        send_flush(send);
        send->acked = s;
        session_ref(s);
    }
    answer_add_ack(s, &send->acks, id, ts);
}

static void
send_answer(struct send *send, struct session *s, struct str id,
            const struct append_outcome *outcome)
{
    enum v2_error error;

    if (outcome->result != APPEND_STORED) {
        send_flush(send); /* an error comes behind the acks of what was sent before */
    }
    switch (outcome->result) {
    case APPEND_STORED:
        send_add_ack(send, s, id, outcome->ts);
        return;
    case APPEND_NOT_LOGGED_IN:
        answer_error(s, id, V2_LOGIN, 0);
        session_close(s, CLOSE_TOKEN_EXPIRED);
        return;
    case APPEND_NOT_JOINED:
        answer_error(s, id, V2_MEMBER, 0);
        session_close(s, CLOSE_NOT_A_MEMBER);
        return;
    case APPEND_AGAINST_RULES:
        error = v2_error_of(outcome->reason);
        answer_error(s, id, error != V2_ERROR__MAX ? error : V2_REDIS, outcome->retry_ms);
        if (error == V2_BANNED) {
            rules_ban(s, outcome->retry_ms);
        }
        return;
    case APPEND_NOT_ALLOWED:
        answer_refusal(s, id, outcome->reason);
        return;
    case APPEND_NOT_REVIEWED:
        answer_error(s, id, V2_REVIEW_AWAY, RETRY_MS);
        return;
    case APPEND_REFUSED:
    case APPEND_RESULT__MAX:
        answer_error(s, id, V2_REDIS, RETRY_MS);
        return;
    }
}

static void
send_on_outcome(void *arg, const struct append_outcome *outcome)
{
    struct sending *sending = arg;
    struct session *s = sending->session;
    const struct env *env = s->owner->env;
    struct append_outcome told = *outcome;

    if (told.result == APPEND_NOT_LOGGED_IN && !env->config->group.login_auth) {
        told.result = APPEND_REFUSED; /* a SIGHUP has come since it was sent */
    }
    s->chat.appending--;
    s->chat.outcome_ms = env_now_ms(env);
    env->metrics->messages_stored += told.result == APPEND_STORED;
    env->metrics->messages_refused +=
        told.result == APPEND_REFUSED || told.result == APPEND_NOT_REVIEWED;
    env->metrics->messages_ruled += told.result == APPEND_AGAINST_RULES;
    if (session_is_open(s)) {
        send_answer(sending->send, s, str_make(sending->id, sending->id_length), &told);
    }
    session_unref(s);
    free(sending);
}

static void
send_append(struct send *send, struct session *s, const struct client_frame *f, struct str info)
{
    struct sending *sending = mem_alloc(sizeof(*sending));
    struct append_message message = {
        .group = s->group,
        .user = s->user,
        .info = info,
        .token = send->env->config->group.login_auth ? s->token : str_make("", 0),
        .standing = identity_standing(s),
        .id = f->id,
    };

    sending->send = send;
    sending->session = s;
    sending->id_length = f->id.len;
    memcpy(sending->id, f->id.p, f->id.len);
    session_ref(s);
    s->chat.appending++;
    if (!review_message(send->review, s, &message, send_on_outcome, sending)) {
        send_on_outcome(sending, &(struct append_outcome){.result = APPEND_REFUSED});
    }
}

static void
send_through_filter(struct send *send, struct session *s, const struct client_frame *f)
{
    struct str info = f->info;

    switch (words_check(send->words, s, &info)) {
    case WORDS_PASS:
        send_append(send, s, f, info);
        return;
    case WORDS_REFUSED:
        answer_error(s, f->id, V2_WORDS, 0);
        return;
    case WORDS_NOT_KNOWN:
    case WORDS_VERDICT__MAX:
        send->env->metrics->messages_refused++;
        answer_error(s, f->id, V2_REDIS, RETRY_MS);
        return;
    }
}

void
send_take(struct send *send, struct session *s, const struct client_frame *f)
{
    send->env->metrics->messages_in++;
    if (s->chat.appending >= SEND_UNACKED_MAX) {
        answer_error(s, f->id, V2_UNACKED, 0);
    } else {
        send_through_filter(send, s, f);
    }
}

void
send_fini(struct send *send)
{
    if (send->acked != NULL) {
        session_unref(send->acked);
        send->acked = NULL;
    }
    text_fini(&send->acks);
}
