/* session.c - one client: what goes out to it, what comes in, and its end. */
#include "push-daemon/client/session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <utlist.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/room/cohort.h"
#include "push-daemon/frames/framelog.h"
#include "push-daemon/core/metrics.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/net/ws_request.h"

enum {
    WRITE_BYTES = 65536, /* most of one write; a single frame may be larger */
    CLOSE_SECONDS = 5    /* longest wait for the peer's close frame, or its echo */
};

static struct str
copy(char **to, struct str s)
{
    struct str there = {*to, s.len};

    memcpy(*to, s.len > 0 ? s.p : "", s.len);
    *to += s.len;
    return there;
}

struct session *
session_create(struct sessions *all, struct ws *ws, const struct ws_request *v,
               const struct session_kind *kind, void *ctx)
{
    const struct route *route = &v->route;
    struct session *s =
        mem_zalloc(sizeof(*s) + route->group.len + route->user.len + route->token.len);
    char *to = s->names;

    s->kind = kind;
    s->ctx = ctx;
    s->ws = ws;
    s->group = copy(&to, route->group);
    s->user = copy(&to, route->user);
    s->token = copy(&to, route->token);
    sessions_add(all, s);
    s->client = v->client;
    s->ticket = admission_enter(sessions_door(all), v);
    sessions_metrics(all)->connections++;
    sessions_metrics(all)->connections_all++;
    log_debug("opened session=%" PRIu64 " kind=%s group=%s user=%s client=%s", s->id, kind->name,
              log_quote(s->group).text, log_quote(s->user).text, address_text(&s->client).text);
    return s;
}

bool
session_is_open(const struct session *s)
{
    return s->state < SESSION_CLOSING;
}

/* ---- out ---- */

/* False: its socket takes no more for now. */
static bool
write_or_wait(struct session *s, struct str bytes)
{
    if (ws_write(s->ws, bytes)) {
        return true;
    }
    s->behind = true;
    ws_want_writable(s->ws);
    return false;
}

static bool
flush_outbox(struct session *s)
{
    while (!outbox_is_empty(&s->outbox)) {
        if (!write_or_wait(s, outbox_next(&s->outbox))) {
            return false;
        }
        outbox_sent(&s->outbox);
    }
    return true;
}

static void
pass_hole(struct session *s)
{
    struct hole *hole = s->holes;

    s->cursor = hole->to;
    s->holes = hole->next;
    free(hole);
}

static void
flush_log(struct session *s)
{
    struct metrics *metrics = sessions_metrics(s->all);

    while (s->cursor < framelog_end(s->log)) {
        struct str span;

        if (s->holes != NULL && s->holes->from == s->cursor) {
            pass_hole(s);
            continue;
        }
        span = framelog_span(s->log, s->cursor, WRITE_BYTES);
        if (s->holes != NULL && s->holes->from < s->cursor + span.len) {
            span.len = (size_t)(s->holes->from - s->cursor);
        }
        if (!write_or_wait(s, span)) {
            return;
        }
        metrics->deliveries += framelog_count(s->log, s->cursor, s->cursor + span.len);
        metrics->bytes_out += span.len;
        s->cursor += span.len;
    }
}

void
session_flush(struct session *s)
{
    if (s->log != NULL && s->cursor < framelog_base(s->log)) {
        session_close(s, WS_TRY_AGAIN_LATER, "too slow: fell off its group's log");
    } else if (!s->behind && s->ws != NULL && flush_outbox(s) && s->log != NULL) {
        flush_log(s);
    }
}

void
session_send(struct session *s, struct blob *frame)
{
    if (!session_is_open(s)) {
        return;
    }
    if (!outbox_push(&s->outbox, frame)) {
        session_close(s, WS_TRY_AGAIN_LATER, "too slow: does not read what it is told");
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

void
session_add_hole(struct session *s, uint64_t from, uint64_t to)
{
    struct hole *hole = mem_alloc(sizeof(*hole)), **at = &s->holes;

    *hole = (struct hole){NULL, from, to};
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = hole;
}

/* ---- in ---- */

static void
take_whole(struct session *s, struct str text)
{
    if (text.len > 0) {
        s->kind->on_text(s, text);
    }
}

/* Nearly nobody speaks before the first frame: so a client is not paused while it enters, which costs more
 * than to keep what came, and to pause then. */
static void
keep_early(struct session *s, const struct ws_piece *piece)
{
    struct early *e = mem_alloc(sizeof(*e) + piece->bytes.len);

    *e = (struct early){NULL, piece->first, piece->last, piece->binary, piece->bytes.len};
    memcpy(e->bytes, piece->bytes.len > 0 ? piece->bytes.p : "", piece->bytes.len);
    LL_APPEND(s->early, e);
    if (!s->paused) {
        s->paused = true;
        ws_pause(s->ws, true);
    }
}

void
session_take_early(struct session *s)
{
    if (s->early == NULL) {
        return;
    }
    if (s->paused && s->ws != NULL) {
        s->paused = false;
        ws_pause(s->ws, false);
    }
    while (s->early != NULL) {
        struct early *e = s->early;
        struct ws_piece piece = {str_make(e->bytes, e->length), e->first, e->last, e->binary};

        s->early = e->next;
        session_on_piece(s, &piece);
        free(e);
    }
}

void
session_on_piece(struct session *s, const struct ws_piece *piece)
{
    if (!session_is_open(s) || s->kind->on_text == NULL) {
        return;
    }
    if (s->state == SESSION_ENTERING) {
        keep_early(s, piece);
        return;
    }
    if (piece->binary) {
        session_close(s, WS_UNSUPPORTED_DATA, "binary frame");
        return;
    }
    if (s->assembled + piece->bytes.len > sessions_max_message(s->all)) {
        session_close(s, WS_TOO_BIG, "message too large");
        return;
    }
    if (piece->last && s->assembled == 0) { /* whole at once, the usual case: not copied */
        take_whole(s, piece->bytes);
        return;
    }
    if (piece->bytes.len > 0) {
        s->assembling = mem_resize(s->assembling, s->assembled + piece->bytes.len);
        memcpy(s->assembling + s->assembled, piece->bytes.p, piece->bytes.len);
        s->assembled += piece->bytes.len;
    }
    if (piece->last) {
        char *text = s->assembling;
        size_t length = s->assembled;

        s->assembling = NULL;
        s->assembled = 0;
        take_whole(s, str_make(text, length));
        free(text);
    }
}

void
session_on_alive(struct session *s)
{
    s->heard_ms = sessions_now_ms(s->all);
}

/* ---- the end ---- */

/* Leaves LIVE, or what comes before it; what was its group's is let go of. From here on it is looked at no more
 * as one that lives, but once, when its time to close is over. */
static void
leave(struct session *s, int code, const char *reason)
{
    s->state = SESSION_CLOSING;
    sessions_look_at(s->all, s, CLOSE_SECONDS);
    s->kind->on_leave(s);
    s->log = NULL;
    while (s->holes != NULL) {
        pass_hole(s);
    }
    cohort_unref(s->cohort);
    s->cohort = NULL;
    timer_wheel_remove(&s->recheck);
    metrics_count_reason(sessions_metrics(s->all)->closes, reason);
    log_info("closed session=%" PRIu64 " kind=%s group=%s user=%s client=%s code=%d reason=\"%s\" "
             "age_ms=%" PRId64,
             s->id, s->kind->name, log_quote(s->group).text, log_quote(s->user).text,
             address_text(&s->client).text, code, reason, sessions_now_ms(s->all) - s->opened_ms);
}

void
session_close(struct session *s, int code, const char *reason)
{
    struct blob *frame;

    if (!session_is_open(s)) {
        return;
    }
    leave(s, code, reason);
    if (code == 0) {
        ws_kill(s->ws);
        return;
    }
    if (s->paused) { /* the peer's close frame is to be read */
        s->paused = false;
        ws_pause(s->ws, false);
    }
    frame = blob_close_frame(code);
    if (outbox_push(&s->outbox, frame)) {
        session_flush(s);
    } else {
        ws_kill(s->ws);
    }
    blob_unref(frame);
}

void
session_refuse(struct session *s, const char *text, int code, const char *reason)
{
    session_send_text(s, text);
    session_close(s, code, reason);
}

void
session_on_writable(struct session *s)
{
    s->behind = false;
    session_flush(s);
}

bool
session_on_leaving(struct session *s)
{
    bool was_closing = !session_is_open(s);

    if (!was_closing) {
        leave(s, 0, "client closed");
    }
    outbox_clear(&s->outbox);
    return was_closing;
}

void
session_on_closed(struct session *s)
{
    if (session_is_open(s)) {
        leave(s, 0, "connection lost");
    }
    s->state = SESSION_CLOSED;
    s->ws = NULL;
    outbox_clear(&s->outbox);
    session_take_early(s); /* by nobody any more */
    free(s->assembling);
    s->assembling = NULL;
    sessions_remove(s->all, s);
    admission_leave(sessions_door(s->all), &s->ticket);
    sessions_metrics(s->all)->connections--;
    if (s->pins == 0) {
        sessions_reap(s->all, s);
    }
}

void
session_ref(struct session *s)
{
    s->pins++;
}

void
session_unref(struct session *s)
{
    if (--s->pins == 0 && s->state == SESSION_CLOSED) {
        sessions_reap(s->all, s);
    }
}
