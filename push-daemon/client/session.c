/* session.c - one client: what goes out to it, what comes in, and its end. */
#include "push-daemon/client/session.h"

#include <assert.h>
#include <inttypes.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/reaper.h"
#include "push-daemon/net/ws_request.h"

enum {
    WRITE_BYTES = 65536, /* the most of one write, unless a single frame is larger */
    CLOSE_SECONDS = 5    /* longest wait for the peer's close frame, or its echo */
};

static struct str
session_copy_name(char **to, struct str s)
{
    struct str there = {*to, s.len};

    memcpy(*to, s.len > 0 ? s.p : "", s.len);
    *to += s.len;
    return there;
}

struct session *
session_create(struct session_owner *owner, struct ws *ws, const struct ws_request *request,
               const struct session_kind *kind, void *ctx)
{
    const struct route *route = &request->route;
    struct session *s =
        mem_zalloc(sizeof(*s) + route->group.len + route->user.len + route->token.len);
    char *to = s->names;

    s->kind = kind;
    s->ctx = ctx;
    s->owner = owner;
    s->ws = ws;
    s->client = request->client;
    s->group = session_copy_name(&to, route->group);
    s->user = session_copy_name(&to, route->user);
    s->token = session_copy_name(&to, route->token);
    s->opened_ms = s->last_rx_ms = s->last_ping_ms = env_now_ms(owner->env);
    session_check_in(s, 1);
    return s;
}

bool
session_is_open(const struct session *s)
{
    return s->state < SESSION_CLOSING;
}

void
session_set_state(struct session *s, enum session_state state)
{
    assert(state > s->state);
    s->state = state;
}

void
session_check_in(struct session *s, unsigned seconds)
{
    timer_wheel_remove(&s->check);
    timer_wheel_add(&s->owner->checks, &s->check, seconds > 0 ? seconds - 1 : 0);
}

/* ---- out ---- */

/* False: the socket takes no more for now. */
static bool
session_write(struct session *s, struct str bytes)
{
    if (ws_write(s->ws, bytes)) {
        return true;
    }
    s->write_blocked = true;
    ws_want_writable(s->ws);
    return false;
}

static bool
session_flush_outbox(struct session *s)
{
    while (!outbox_is_empty(&s->outbox)) {
        if (!session_write(s, outbox_next(&s->outbox))) {
            return false;
        }
        outbox_sent(&s->outbox);
    }
    return true;
}

static void
session_flush_log(struct session *s)
{
    struct metrics *metrics = s->owner->env->metrics;
    struct str span;

    while ((span = reader_next(&s->reader, WRITE_BYTES)).len > 0 && session_write(s, span)) {
        metrics->deliveries += reader_advance(&s->reader, span.len);
        metrics->bytes_out += span.len;
    }
}

void
session_flush(struct session *s)
{
    if (reader_fell_off(&s->reader)) {
        session_close(s, CLOSE_FELL_OFF_LOG);
    } else if (!s->write_blocked && s->ws != NULL && session_flush_outbox(s) &&
               reader_is_attached(&s->reader)) {
        session_flush_log(s);
    }
}

void
session_send(struct session *s, struct blob *frame)
{
    if (!session_is_open(s)) {
        return;
    }
    if (!outbox_push(&s->outbox, frame)) {
        session_close(s, CLOSE_OUTBOX_FULL);
        return;
    }
    session_flush(s);
}

void
session_send_text(struct session *s, const char *text)
{
    struct blob *frame = blob_text_frame(str_of(text));

    session_send(s, frame);
    blob_unref(frame);
}

/* ---- in ---- */

void
session_hold(struct session *s, enum session_hold hold)
{
    if (s->holds == 0) {
        ws_pause(s->ws, true);
    }
    s->holds |= hold;
}

void
session_release(struct session *s, enum session_hold hold)
{
    bool was_held = s->holds != 0;

    s->holds &= ~(unsigned)hold;
    if (was_held && s->holds == 0 && s->ws != NULL) {
        ws_pause(s->ws, false);
    }
}

/* Hardly any client sends something before its first frame. So a client is held when it does:
 * to hold each one while it enters would cost more. */
static void
session_keep_early(struct session *s, const struct ws_piece *piece)
{
    inbox_keep(&s->inbox, piece);
    session_hold(s, HOLD_AUTH);
}

void
session_replay(struct session *s)
{
    struct ws_piece piece;
    struct preauth *kept;

    session_release(s, HOLD_AUTH);
    while ((kept = inbox_take_kept(&s->inbox, &piece)) != NULL) {
        session_on_piece(s, &piece);
        inbox_free_kept(kept);
    }
}

static void
session_add_piece(struct session *s, const struct ws_piece *piece)
{
    size_t max = (size_t)s->owner->env->config->message.max_message_bytes;
    struct str text;

    switch (inbox_add(&s->inbox, piece, max, &text)) {
    case INBOX_MORE:
        return;
    case INBOX_TOO_BIG:
        session_close(s, CLOSE_MESSAGE_TOO_BIG);
        return;
    case INBOX_TEXT:
        if (text.len > 0) {
            s->kind->on_text(s, text);
        }
        inbox_next(&s->inbox);
        return;
    }
}

void
session_on_piece(struct session *s, const struct ws_piece *piece)
{
    if (!session_is_open(s) || s->kind->on_text == NULL) {
        return;
    }
    if (s->state == SESSION_ENTERING) {
        session_keep_early(s, piece);
    } else if (piece->binary) {
        session_close(s, CLOSE_BINARY);
    } else {
        session_add_piece(s, piece);
    }
}

void
session_on_alive(struct session *s)
{
    s->last_rx_ms = env_now_ms(s->owner->env);
}

/* ---- the end ---- */

/* The owner looks at it once more, when the time to close is over. */
static void
session_leave(struct session *s, enum close_reason reason)
{
    const struct env *env = s->owner->env;

    session_set_state(s, SESSION_CLOSING);
    session_check_in(s, CLOSE_SECONDS);
    s->kind->on_leave(s);
    reader_detach(&s->reader);
    timer_wheel_remove(&s->recheck);
    env->metrics->closes[reason]++;
    log_info("closed session=%" PRIu64 " kind=%s group=%s user=%s client=%s code=%d reason=\"%s\" "
             "age_ms=%" PRId64,
             s->id, s->kind->name, log_quote(s->group).text, log_quote(s->user).text,
             address_text(&s->client).text, close_reason_code(reason), close_reason_text(reason),
             env_now_ms(env) - s->opened_ms);
}

void
session_close(struct session *s, enum close_reason reason)
{
    struct blob *frame;

    if (!session_is_open(s)) {
        return;
    }
    session_leave(s, reason);
    if (close_reason_code(reason) == CODE_NONE) {
        ws_kill(s->ws);
        return;
    }
    session_release(s, HOLD_AUTH | HOLD_APPENDS | HOLD_DRAIN); /* to read the peer's close frame */
    frame = blob_close_frame(close_reason_code(reason));
    if (outbox_push(&s->outbox, frame)) {
        session_flush(s);
    } else {
        ws_kill(s->ws);
    }
    blob_unref(frame);
}

void
session_refuse(struct session *s, const char *text, enum close_reason reason)
{
    session_send_text(s, text);
    session_close(s, reason);
}

void
session_on_writable(struct session *s)
{
    s->write_blocked = false;
    session_flush(s);
}

bool
session_on_leaving(struct session *s)
{
    bool was_closing = !session_is_open(s);

    if (!was_closing) {
        session_leave(s, CLOSE_CLIENT_CLOSED);
    }
    outbox_clear(&s->outbox);
    return was_closing;
}

void
session_on_closed(struct session *s)
{
    if (session_is_open(s)) {
        session_leave(s, CLOSE_CONNECTION_LOST);
    }
    session_set_state(s, SESSION_CLOSED);
    s->ws = NULL;
    outbox_clear(&s->outbox);
    inbox_clear(&s->inbox);
    timer_wheel_remove(&s->check);
    s->owner->on_closed(s->owner, s);
    if (s->refs == 0) {
        reaper_add(s->owner->env->reaper, s);
    }
}

void
session_ref(struct session *s)
{
    s->refs++;
}

void
session_unref(struct session *s)
{
    if (--s->refs == 0 && s->state == SESSION_CLOSED) {
        reaper_add(s->owner->env->reaper, s);
    }
}
