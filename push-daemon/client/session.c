/* session.c - one client: what goes out to it, what comes in, and its end. */
#include "push-daemon/client/session.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/client/frame_write.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/core/reaper.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/net/event_stream.h"
#include "push-daemon/net/ws_request.h"

enum {
    CLOSE_SECONDS = 5 /* longest wait for the peer's close frame, or its echo */
};

_Static_assert(offsetof(struct session, names) % sizeof(int64_t) == 0, "v2_state stands behind it");

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
    size_t names = route->group.len + route->user.len + route->token.len;
    size_t v2 = request->is_v2 ? sizeof(struct v2_state) : 0;
    size_t names_room = (names + sizeof(int64_t) - 1) / sizeof(int64_t) * sizeof(int64_t);
    struct session *s = mem_zalloc(sizeof(*s) + names_room + v2);
    char *to = s->names;

    s->kind = kind;
    s->ctx = ctx;
    s->owner = owner;
    s->ws = ws;
    s->client = request->client;
    s->group = session_copy_name(&to, route->group);
    s->user = session_copy_name(&to, route->user);
    s->token = session_copy_name(&to, route->token);
    if (request->is_v2) {
        s->v2 = (void *)(s->names + names_room);
        s->v2->resume = position_parse(route->resume);
        s->v2->asked_resume = route->resume.len > 0;
    }
    s->opened_ms = s->enters_since_ms = s->last_rx_ms = s->last_ping_ms = s->last_taken_ms =
        env_now_ms(owner->env);
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

static void
session_wait_until_writable(struct session *s)
{
    s->write_blocked = true;
    ((s->holds & HOLD_FRAME) != 0 ? ws_want_turn : ws_want_writable)(s->ws);
}

static bool
session_push(struct session *s, struct blob *frame)
{
    bool taken = outbox_push(&s->outbox, frame);

    s->owner->env->metrics->bytes_pending += taken ? frame->length : 0;
    return taken;
}

static void
session_clear_outbox(struct session *s)
{
    s->owner->env->metrics->bytes_pending -= s->outbox.bytes;
    outbox_clear(&s->outbox);
}

/* May the next piece be written? Above it stands what a large frame has to wait for. */
static bool
session_may_write_piece(struct session *s)
{
    if (!outbox_is_large(&s->outbox)) {
        session_release(s, HOLD_FRAME);
    } else if ((s->holds & HOLD_FRAME) == 0) {
        session_hold(s, HOLD_FRAME);
        session_wait_until_writable(s);
        return false;
    }
    return true;
}

/* A large frame goes out in turns with those of others. False: no more goes out for now. */
static bool
session_flush_outbox(struct session *s)
{
    while (!outbox_is_empty(&s->outbox)) {
        struct str piece = outbox_next(&s->outbox);
        size_t taken;

        if (!session_may_write_piece(s)) {
            return false;
        }
        taken =
            (s->holds & HOLD_FRAME) != 0 ? ws_write(s->ws, piece) : ws_write_whole(s->ws, piece);
        outbox_sent(&s->outbox, taken);
        s->owner->env->metrics->bytes_pending -= taken;
        if (taken < piece.len || outbox_is_inside(&s->outbox)) {
            session_wait_until_writable(s);
            return false;
        }
    }
    session_release(s, HOLD_FRAME);
    return true;
}

/* The next frames of the log; returns how many bytes were taken. If it is one large frame, it goes
 * by the outbox: the log may drop it while it is sent. */
static size_t
session_write_span(struct session *s, struct str span)
{
    struct blob *frame;

    if (span.len <= OUTBOX_PIECE_BYTES) {
        return frame_write(s->ws, &s->reader, span);
    }
    frame = reader_share(&s->reader, span);
    (void)session_push(s, frame); /* which is empty */
    blob_unref(frame);
    return span.len;
}

static void
session_flush_log(struct session *s)
{
    struct metrics *metrics = s->owner->env->metrics;
    struct str span;

    while ((span = reader_next(&s->reader, OUTBOX_PIECE_BYTES)).len > 0) {
        size_t taken = session_write_span(s, span);

        metrics->deliveries += taken > 0 ? reader_advance(&s->reader, taken) : 0;
        metrics->bytes_out += taken;
        if (taken < span.len) {
            session_wait_until_writable(s);
            return;
        }
        if (!session_flush_outbox(s)) {
            return;
        }
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
    if (!session_push(s, frame)) {
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
    s->holds |= (unsigned char)hold;
}

void
session_release(struct session *s, enum session_hold hold)
{
    bool was_held = s->holds != 0;

    s->holds &= (unsigned char)~hold;
    if (was_held && s->holds == 0 && s->ws != NULL) {
        ws_pause(s->ws, false);
    }
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
             address_text(&s->client).text, s->kind->form->told(reason)->code,
             close_reason_text(reason), env_now_ms(env) - s->opened_ms);
}

void
session_kill(struct session *s)
{
    session_clear_outbox(s);
    ws_kill(s->ws);
}

/* Behind it comes nothing more. */
static void
session_say_goodbye(struct session *s, struct blob *goodbye)
{
    if (session_push(s, goodbye)) {
        session_flush(s);
        event_stream_end(s->ws);
    } else {
        session_kill(s);
    }
}

void
session_close(struct session *s, enum close_reason reason)
{
    struct blob *goodbye;

    if (!session_is_open(s)) {
        return;
    }
    session_leave(s, reason);
    ws_expect_end(s->ws);
    goodbye = s->kind->form->goodbye(reason, s->retry_ms);
    if (goodbye == NULL) {
        session_kill(s);
        return;
    }
    /* To read the peer's close frame, or its end. */
    session_release(s, HOLD_AUTH | HOLD_APPENDS | HOLD_DRAIN | HOLD_PACE);
    if (!event_stream_refuse(s->ws, reason)) {
        session_say_goodbye(s, goodbye);
    }
    blob_unref(goodbye);
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
    session_clear_outbox(s);
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
    session_clear_outbox(s);
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
