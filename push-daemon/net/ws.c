/* ws.c - one connection: frames in, bytes out.
 *
 * Frames go out ready-made and at once: one send() for all that a client is to get. What comes in
 * is read into a buffer that all connections share, so a connection that waits costs none. */
#include "push-daemon/net/ws.h"

#include <errno.h>
#include <sys/socket.h>

#include "lib/utf8.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/net/connection.h"
#include "push-daemon/net/tcp_progress.h"

enum {
    READ_BYTES = 4096,   /* what one turn reads of a connection: others wait meanwhile */
    DRAIN_BYTES = 65536, /* what is read of one that is ending */
    FIN_CLOSE = 0x88,
    FIN_PONG = 0x8a,
    CODE_NORMAL_CLOSURE = 1000
};

static bool
ws_reads(const struct ws *ws)
{
    return ws->is_killed || (!ws->paused && ws->drained < DRAIN_BYTES);
}

void
ws_watch(struct ws *ws)
{
    bool reads = ws_reads(ws);
    bool writes = ws->out.len > 0 || ws->pong.len > 0 || ws->wants_writable ||
                  (ws->in.len > 0 && !ws->paused);

    if (reads != ws->reads || writes != ws->writes) {
        ws->reads = reads;
        ws->writes = writes;
        loop_watch_want(ws->watch, reads, writes);
    }
}

/* ---- out ---- */

/* Returns how many bytes the kernel took. If the socket is broken the loop tells, so that is no
 * news here. */
static size_t
ws_send(const struct ws *ws, struct str bytes)
{
    ssize_t sent = send(ws->fd, bytes.p, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (sent < 0) {
        return errno == EAGAIN || errno == EINTR ? 0 : bytes.len;
    }
    return (size_t)sent;
}

/* Sends what is kept, then the pong. True: all is out. */
static bool
ws_flush(struct ws *ws)
{
    while (ws->out.len > 0 || ws->pong.len > 0) {
        size_t taken;

        if (ws->out.len == 0) {
            text_fini(&ws->out);
            ws->out = ws->pong;
            text_init(&ws->pong);
        }
        taken = ws_send(ws, text_str(&ws->out));
        ws->out.len -= taken;
        if (ws->out.len > 0) {
            memmove(ws->out.bytes, ws->out.bytes + taken, ws->out.len);
            return false;
        }
    }
    text_fini(&ws->out);
    return true;
}

/* The peer sees the end, and closes; or its session's time is over. */
static void
ws_end_if_all_is_out(const struct ws *ws)
{
    if (ws->says_bye && ws->out.len == 0 && !ws->wants_writable) {
        shutdown(ws->fd, SHUT_WR);
    }
}

void
ws_say_bye(struct ws *ws)
{
    ws->says_bye = true;
    ws_end_if_all_is_out(ws);
}

size_t
ws_write(struct ws *ws, struct str bytes)
{
    if (ws->out.len > 0) {
        return 0;
    }
    return ws_send(ws, str_make(bytes.p, bytes.len < WS_WRITE_BYTES ? bytes.len : WS_WRITE_BYTES));
}

void
ws_keep(struct ws *ws, struct str bytes)
{
    text_add(&ws->out, bytes.p, bytes.len);
    ws_watch(ws);
}

size_t
ws_write_whole(struct ws *ws, struct str frames)
{
    size_t taken = ws_write(ws, frames);

    if (taken > 0 && taken < frames.len) {
        ws_keep(ws, str_make(frames.p + taken, frames.len - taken));
    }
    return taken > 0 ? frames.len : 0;
}

void
ws_write_or_keep(struct ws *ws, struct str bytes)
{
    if (ws_write_whole(ws, bytes) == 0) {
        ws_keep(ws, bytes);
    }
}

void
ws_want_writable(struct ws *ws)
{
    ws->wants_writable = true;
    ws_watch(ws);
}

struct ws_progress
ws_progress(struct ws *ws)
{
    struct tcp_progress tcp = tcp_progress_of(ws->fd);

    return (struct ws_progress){tcp.waits || ws->out.len > 0, tcp.acked};
}

/* ---- in ---- */

/* Section 5.5.3: who is asked several times may answer the last time only. So the pong goes out
 * when all that was read has been looked at. */
static void
ws_on_ping(struct ws *ws, struct str payload)
{
    unsigned char head[2] = {FIN_PONG, (unsigned char)payload.len};

    text_clear(&ws->pong);
    text_add(&ws->pong, head, sizeof(head));
    text_add(&ws->pong, payload.p, payload.len);
}

/* Section 7.4: codes that may stand in a frame. */
static bool
ws_is_close_code(int code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

static int
ws_code_of(struct str payload)
{
    return payload.len >= 2 ? (unsigned char)payload.p[0] << 8 | (unsigned char)payload.p[1]
                            : CODE_NORMAL_CLOSURE;
}

static void
ws_break(struct ws *ws, enum close_reason reason)
{
    ws->is_deaf = true;
    ws->server->handlers.on_violation(ws->session, reason);
    ws_say_bye(ws);
}

/* An empty close frame is answered by 1000, as fast-im does. False: all is said. */
static bool
ws_on_close(struct ws *ws, struct str payload)
{
    int code = ws_code_of(payload);
    unsigned char answer[4] = {FIN_CLOSE, 2, (unsigned char)(code >> 8), (unsigned char)code};

    if (payload.len == 1 || !ws_is_close_code(code)) {
        ws_break(ws, CLOSE_PROTOCOL_ERROR);
        return true;
    }
    if (payload.len > 2 && !utf8_valid(str_make(payload.p + 2, payload.len - 2))) {
        ws_break(ws, CLOSE_NOT_UTF8);
        return true;
    }
    ws->is_deaf = true;
    if (ws->server->handlers.on_leaving(ws->session)) {
        return false;
    }
    ws_write_or_keep(ws, str_make((const char *)answer, sizeof(answer)));
    ws_say_bye(ws);
    return true;
}

/* False: all is said. */
static bool
ws_on_event(struct ws *ws, enum decoder_event event, const struct ws_piece *piece)
{
    const struct ws_handlers *handlers = &ws->server->handlers;

    switch (event) {
    case DECODER_MORE:
        return true;
    case DECODER_VIOLATION:
        ws_break(ws, CLOSE_PROTOCOL_ERROR);
        return true;
    case DECODER_CLOSE:
        return ws_on_close(ws, piece->bytes);
    case DECODER_PING:
        ws_on_ping(ws, piece->bytes);
        break;
    case DECODER_PONG:
    case DECODER_PIECE:
        break;
    }
    handlers->on_frame(ws->session);
    if (event == DECODER_PIECE) {
        handlers->on_piece(ws->session, piece);
    }
    return true;
}

bool
ws_take_frames(struct ws *ws, char *bytes, size_t length)
{
    char *at = bytes, *end = bytes + length;
    enum decoder_event event = DECODER_PIECE;
    struct ws_piece piece;

    while (event != DECODER_MORE && !ws->paused && !ws->is_deaf) {
        event = decoder_next(&ws->decoder, &at, end, &piece);
        if (!ws_on_event(ws, event, &piece)) {
            return false;
        }
    }
    if (at < end && !ws->is_deaf) {
        text_add(&ws->in, at, (size_t)(end - at));
    }
    if (ws->pong.len > 0) {
        (void)ws_flush(ws);
    }
    return true;
}

static bool
ws_take_kept(struct ws *ws)
{
    struct text in = ws->in;
    bool goes_on;

    text_init(&ws->in);
    goes_on = ws->take(ws, in.bytes, in.len);
    text_fini(&in);
    return goes_on;
}

static bool
ws_read(struct ws *ws)
{
    ssize_t n = recv(ws->fd, ws->server->buffer, READ_BYTES, 0);

    if (n < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    ws->drained += ws->is_ending || ws->says_bye ? (unsigned)n : 0;
    return n > 0 && ws->take(ws, ws->server->buffer, (size_t)n);
}

bool
ws_on_ready(struct ws *ws, bool readable, bool writable)
{
    bool goes_on = true;

    if (ws->is_killed || (readable && !ws->reads)) { /* unasked: the socket broke */
        return false;
    }
    if (writable && ws_flush(ws) && ws->wants_writable) {
        ws->wants_writable = false;
        ws->server->handlers.on_writable(ws->session);
    }
    ws_end_if_all_is_out(ws);
    if (!ws->paused && ws->in.len > 0) {
        goes_on = ws_take_kept(ws);
    } else if (!ws->paused && readable) {
        goes_on = ws_read(ws);
    }
    ws_watch(ws);
    return goes_on;
}

void
ws_pause(struct ws *ws, bool paused)
{
    ws->paused = paused;
    ws_watch(ws);
}

void
ws_expect_end(struct ws *ws)
{
    ws->is_ending = true;
}

void
ws_kill(struct ws *ws)
{
    ws->is_killed = true;
    shutdown(ws->fd, SHUT_RDWR);
    ws_watch(ws);
}
