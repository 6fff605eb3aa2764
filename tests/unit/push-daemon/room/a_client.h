/* a_client.h - chat clients without sockets: real sessions on a fake net/ws that records what
 * each of them gets.
 *
 * Include it: the real net/ws, lib/clock and core/loop are left out. Time stands still unless
 * the test moves it: fake_loop_advance(). */
#ifndef TESTS_UNIT_PUSHD_ROOM_A_CLIENT_H
#define TESTS_UNIT_PUSHD_ROOM_A_CLIENT_H

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/reaper.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/net/event_stream.h"
#include "push-daemon/net/ws_request.h"
#include "push-daemon/room/room.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"
#include "tests/unit/unit.h"

/* A connection. */
struct ws {
    struct session *session; /* NULL: it was closed, and nobody may use it any more */
    struct text got;         /* frames, as they were sent */
    bool full;               /* the socket takes nothing */
    bool wants_writable;
};

enum {
    WORLD_CLIENTS = 16
};

/* What the code under test stands in. */
struct world {
    struct metrics metrics;
    struct reaper reaper;
    struct env env;
    struct redis_clock redis_clock;
    struct session_owner owner;
    struct ws clients[WORLD_CLIENTS];
    size_t client_count;
};

/* ---- net/ws.h ---- */

size_t
ws_write(struct ws *ws, struct str frames)
{
    assert_non_null(ws->session);
    if (!ws->full) {
        text_add(&ws->got, frames.p, frames.len);
    }
    return ws->full ? 0 : frames.len;
}

void
ws_keep(struct ws *ws, struct str bytes)
{
    (void)ws;
    (void)bytes;
    fail_msg("a socket takes all or nothing");
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

void
ws_expect_end(struct ws *ws)
{
    (void)ws;
}

size_t
ws_write_whole(struct ws *ws, struct str frames)
{
    return ws_write(ws, frames);
}

bool
event_stream_refuse(struct ws *ws, enum close_reason reason)
{
    (void)ws;
    (void)reason;
    return false;
}

void
event_stream_end(struct ws *ws)
{
    (void)ws;
}

struct ws_progress
ws_progress(struct ws *ws)
{
    (void)ws;
    return (struct ws_progress){false, 0};
}

void
ws_pause(struct ws *ws, bool paused)
{
    (void)ws;
    (void)paused;
}

void
ws_kill(struct ws *ws)
{
    (void)ws;
}

/* ---- lib/clock.h: wall-clock time plays no part in these tests ---- */

static int64_t fake_cpu_us; /* what clock_cpu_us() says */

int64_t
clock_ms(void)
{
    return 0;
}

int64_t
clock_us(void)
{
    return 0;
}

int64_t
clock_unix_ms(void)
{
    return 0;
}

int64_t
clock_cpu_us(void)
{
    return fake_cpu_us;
}

/* ---- the world ---- */

static inline void
world_on_closed(struct session_owner *owner, struct session *s)
{
    (void)owner;
    (void)s;
}

static inline void
world_open(struct world *w, const struct config *config)
{
    memset(w, 0, sizeof(*w));
    fake_cpu_us = 0;
    log_set_level(LOG_ERROR); /* what others wrote is worth a warning at most */
    w->redis_clock = (struct redis_clock){.measured = true, .metrics = &w->metrics};
    w->env = (struct env){.loop = loop_create(),
                          .config = config,
                          .metrics = &w->metrics,
                          .reaper = &w->reaper,
                          .redis_clock = &w->redis_clock};
    w->owner.env = &w->env;
    w->owner.on_closed = world_on_closed;
}

static inline void
client_on_leave(struct session *s)
{
    if (s->chat.room != NULL) {
        room_leave(s->chat.room, s);
    }
}

/* A new client, which was let in; it is in no room yet. */
static inline struct ws *
client_open(struct world *w, const char *group)
{
    static const struct session_kind kind = {
        .name = "chat", .form = &form_v1, .on_leave = client_on_leave};
    const struct ws_request request = {
        .route = {.group = str_of(group), .user = str_of("u"), .token = str_of("t")}};
    struct ws *ws;

    assert_in_range(w->client_count, 0, WORLD_CLIENTS - 1);
    ws = &w->clients[w->client_count++];
    ws->session = session_create(&w->owner, ws, &request, &kind, NULL);
    return ws;
}

/* Its connection is lost. */
static inline void
client_lose(struct ws *ws)
{
    struct session *s = ws->session;

    if (s != NULL) {
        session_on_closed(s);
        ws->session = NULL;
    }
}

static inline void
client_set_writable(struct ws *ws)
{
    ws->full = false;
    if (ws->wants_writable && ws->session != NULL) {
        ws->wants_writable = false;
        session_on_writable(ws->session);
    }
}

/* Takes the next frame off *sent; *code: of a close frame, or 0. */
static inline struct str
client_take_frame(struct str *sent, int *code)
{
    const unsigned char *p = (const unsigned char *)sent->p;
    size_t head = 2, length;
    struct str payload;

    assert_in_range(sent->len, 2, SIZE_MAX);
    assert_true(p[0] == 0x81 || p[0] == 0x88);
    length = p[1];
    if (length >= 126) {
        size_t bytes = length == 126 ? 2 : 8;

        length = 0;
        for (size_t i = 0; i < bytes; i++) {
            length = length << 8 | p[2 + i];
        }
        head += bytes;
    }
    assert_in_range(head + length, 0, sent->len);
    payload = str_make(sent->p + head, length);
    *code = p[0] == 0x88 ? (unsigned char)payload.p[0] << 8 | (unsigned char)payload.p[1] : 0;
    *sent = str_make(payload.p + length, sent->len - head - length);
    return payload;
}

/* All that the client got, as "payload payload close:1013 "; a first frame as it is. Valid
 * until the next call. */
static inline const char *
client_got(const struct ws *ws)
{
    static char all[4096];
    struct str sent = text_str(&ws->got);
    size_t at = 0;
    int code;

    all[0] = '\0';
    while (sent.len > 0) {
        struct str payload = client_take_frame(&sent, &code);

        at += (size_t)(code > 0 ? snprintf(all + at, sizeof(all) - at, "close:%d ", code)
                                : snprintf(all + at, sizeof(all) - at, "%.*s ", (int)payload.len,
                                           payload.p));
        assert_in_range(at, 0, sizeof(all) - 1);
    }
    return all;
}

/* Did we close it? Then with which code, else 0. */
static inline int
client_close_code(const struct ws *ws)
{
    struct str sent = text_str(&ws->got);
    int code = 0;

    while (sent.len > 0) {
        client_take_frame(&sent, &code);
    }
    return code;
}

/* All clients leave, and what they were goes. */
static inline void
world_lose_clients(struct world *w)
{
    for (size_t i = 0; i < w->client_count; i++) {
        client_lose(&w->clients[i]);
    }
    reaper_run(&w->reaper);
}

static inline void
world_close(struct world *w)
{
    world_lose_clients(w);
    for (size_t i = 0; i < w->client_count; i++) {
        text_fini(&w->clients[i].got);
    }
    loop_destroy(w->env.loop);
}

#endif
