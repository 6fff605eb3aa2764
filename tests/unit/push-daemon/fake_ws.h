/* fake_ws.h - net/ws.h and net/event_stream.h without sockets: the test is the client.
 *
 * Include it: the real one is left out.
 *
 * As the real one, it keeps the rest of a write that the socket does not take. Then it takes
 * nothing until that is gone. */
#ifndef TESTS_UNIT_PUSHD_FAKE_WS_H
#define TESTS_UNIT_PUSHD_FAKE_WS_H

#include "push-daemon/net/event_stream.h"
#include "push-daemon/net/ws.h"
#include "tests/unit/unit.h"

/* A struct of zeros: its socket takes all. */
struct ws {
    struct text sent; /* what was written */
    bool full;        /* the next write is kept in part, and blocks those behind it */
    bool kept;        /* a part of a write is kept */
    bool wants_writable;
    bool paused;
    bool is_ending;
    bool killed;
    int tries;  /* writes, taken or not */
    int writes; /* those that were taken */
    int pauses; /* calls */
    int pings;
    bool is_stream; /* an event stream, else a WebSocket */
    bool answered;  /* the stream has begun, or was refused */
    bool ended;     /* the stream: nothing comes any more */
    const struct close_told *refused;
    struct ws_progress progress; /* what ws_progress() says */
};

/* ---- for the test ---- */

/* The socket takes all again. True: the session is to be told. */
static inline bool
fake_ws_take_all(struct ws *ws)
{
    bool told = ws->wants_writable;

    ws->full = ws->kept = ws->wants_writable = false;
    return told;
}

/* Adds the frame that begins the bytes to out, "(1013)" for a close frame; returns its length. */
static inline size_t
fake_ws_read_frame(struct text *out, struct str bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    size_t head = 2, length = p[1];

    if (length == 126) {
        head = 4;
        length = (size_t)p[2] << 8 | p[3];
    }
    assert_in_range(length, 0, 65535);
    assert_true(head + length <= bytes.len);
    if (p[0] == 0x88) {
        text_add_str(out, "(");
        text_add_int(out, p[2] << 8 | p[3]);
        text_add_str(out, ")");
    } else {
        assert_int_equal(p[0], 0x81);
        text_add(out, p + head, length);
    }
    return head + length;
}

/* Has the client got these frames since the last call? As "503|(1013)". */
#define assert_frames(ws, wanted) assert_frames_at((ws), (wanted), __FILE__, __LINE__)

static inline void
assert_frames_at(struct ws *ws, const char *wanted, const char *file, int line)
{
    struct text text;

    text_init(&text);
    text_add_str(&text, "");
    for (size_t at = 0; at < ws->sent.len;) {
        text_add_str(&text, at > 0 ? "|" : "");
        at += fake_ws_read_frame(&text, str_make(ws->sent.bytes + at, ws->sent.len - at));
    }
    assert_bytes_at(text_str(&text), str_of(wanted), file, line);
    text_fini(&text);
    text_clear(&ws->sent);
}

static inline void
fake_ws_free(struct ws *ws)
{
    text_fini(&ws->sent);
    memset(ws, 0, sizeof(*ws));
}

/* ---- net/ws.h ---- */

/* A socket that becomes full takes half of what is written. */
size_t
ws_write(struct ws *ws, struct str bytes)
{
    size_t taken = ws->full ? (bytes.len + 1) / 2 : bytes.len;

    ws->tries++;
    assert_in_range(bytes.len, 1, WS_WRITE_BYTES);
    if (ws->kept) {
        return 0;
    }
    text_add(&ws->sent, bytes.p, taken);
    ws->writes++;
    ws->kept = ws->full;
    return taken;
}

void
ws_keep(struct ws *ws, struct str bytes)
{
    assert_true(ws->kept);
    text_add(&ws->sent, bytes.p, bytes.len);
}

void
ws_want_writable(struct ws *ws)
{
    ws->wants_writable = true;
}

void
ws_want_turn(struct ws *ws)
{
    ws->wants_writable = true;
}

/* Do these frames end with a ping, or are they that of an event stream? */
static inline bool
fake_ws_is_ping(struct str frames)
{
    static const char ping[] = "\x89\x01.";

    return (frames.len >= 3 && memcmp(frames.p + frames.len - 3, ping, 3) == 0) ||
           str_is(frames, ":\n\n");
}

/* Pings are counted, no more. */
size_t
ws_write_whole(struct ws *ws, struct str frames)
{
    size_t taken;

    if (fake_ws_is_ping(frames)) {
        ws->pings += !ws->kept;
        return ws->kept ? 0 : frames.len;
    }
    taken = ws_write(ws, frames);
    if (taken > 0 && taken < frames.len) {
        ws_keep(ws, str_make(frames.p + taken, frames.len - taken));
    }
    return taken > 0 ? frames.len : 0;
}

struct ws_progress
ws_progress(struct ws *ws)
{
    return ws->progress;
}

void
ws_pause(struct ws *ws, bool paused)
{
    ws->paused = paused;
    ws->pauses++;
}

void
ws_expect_end(struct ws *ws)
{
    ws->is_ending = true;
}

void
ws_kill(struct ws *ws)
{
    ws->killed = true;
}

/* ---- net/event_stream.h ---- */

void
event_stream_begin(struct ws *ws)
{
    assert_true(ws->is_stream && !ws->answered);
    ws->answered = true;
}

bool
event_stream_refuse(struct ws *ws, enum close_reason reason)
{
    if (!ws->is_stream || ws->answered) {
        return false;
    }
    ws->answered = ws->ended = true;
    ws->refused = close_reason_v2(reason);
    return true;
}

void
event_stream_end(struct ws *ws)
{
    ws->ended = ws->is_stream;
}

#endif
